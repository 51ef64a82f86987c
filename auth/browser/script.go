package browser

import (
	"net/http"
	"slices"
	"strings"
)

// byScript tells whether a script made the request, and no form: a script of another origin would have had to ask by a preflight
// (the Fetch standard's CORS-preflight), which CORS answers for trusted origins alone.
func (r *Rules) byScript(req *http.Request) bool {
	return r.marked(req.Header) || beyondForms(req.Header["Content-Type"])
}

// marked tells whether the request has the configured header.
func (r *Rules) marked(header http.Header) bool {
	return slices.ContainsFunc(header[r.header], func(value string) bool { return strings.Trim(value, " \t") != "" })
}

// beyondForms tells whether the body is of a type that no form sends. Without a type it is not: scripts can leave it out, without
// a preflight. What cannot be read is not either.
func beyondForms(types []string) bool {
	if len(types) != 1 {
		return false
	}
	essence, _, _ := strings.Cut(types[0], ";")
	essence = strings.Trim(essence, " \t")
	kind, subtype, ok := strings.Cut(essence, "/")
	return ok && isToken(kind) && isToken(subtype) && !slices.ContainsFunc(
		[]string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"},
		func(simple string) bool { return strings.EqualFold(simple, essence) },
	)
}
