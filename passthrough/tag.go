package passthrough

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
)

// mark tells the tags of one route's answers from those of another's, which are made from the same record. It changes with what
// the route does to answers, so that nobody keeps an answer that would look otherwise now.
type mark string

// markOf is short: a tag is no secret, and has to be unlike those of the few other routes of its path.
func markOf(c Route) mark {
	h := fnv.New32a()
	fmt.Fprint(h, c.Version, c.Returns, c.Parts, c.Expose, c.Rename, c.Response.Add, c.Response.Drop)
	return mark(fmt.Sprintf("~%08x", h.Sum32()))
}

// give marks a service's tag, and says by W/ that it stands for something else than the service made it for (RFC 9110, section
// 8.8.1).
func (m mark) give(header http.Header) {
	tags := header["Etag"]
	if len(tags) == 0 {
		return
	}
	tag, isTag := strings.CutSuffix(strings.TrimPrefix(tags[0], "W/"), `"`)
	if isTag && strings.HasPrefix(tag, `"`) {
		header["Etag"] = []string{"W/" + tag + string(m) + `"`}
	}
}

// isConditional reports whether a request compares tags.
func isConditional(header http.Header) bool {
	return header["If-Match"] != nil || header["If-None-Match"] != nil
}

// take gives a service its own tags back. Those of other routes stay as they are, so that it knows none of them. If-Match
// compares strongly (RFC 9110, section 13.1.1), and what the client has seen is of that version of the record.
func (m mark) take(header http.Header) {
	for _, name := range [...]string{"If-Match", "If-None-Match"} {
		values, ok := header[name]
		if !ok {
			continue
		}
		values = slices.Clone(values)
		for i, each := range values {
			if name == "If-Match" {
				each = strings.ReplaceAll(each, `W/"`, `"`)
			}
			values[i] = strings.ReplaceAll(each, string(m)+`"`, `"`)
		}
		header[name] = values
	}
}
