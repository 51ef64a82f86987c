package direct

import (
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/concierge-gateway/concierge/framing"
)

const (
	// mostContent is how much content a request may have: less than what net/http reads before an answer if the handler did not.
	mostContent = 64 << 10
	// sharedText is how long a head may be whose line and values are parts of one text. Who keeps one of them keeps all of the text.
	sharedText = 2 << 10
)

// open makes of a head the request that net/http would make of it, and its answer. It returns nil where net/http has to do that.
func (c *connection) open(head framing.Head) (w *response, why reason) {
	if why, ok := simple(head); !ok {
		return nil, why
	}
	text := string(head.Text)
	shared := len(text) <= sharedText
	line, fields, _ := strings.Cut(text, "\r\n")
	if !shared {
		line = strings.Clone(line)
	}
	method, rest, _ := strings.Cut(line, " ")
	requested, _, _ := strings.Cut(rest, " ")
	where, ok := locate(requested)
	if !ok {
		return nil, target
	}
	host, header := read(fields, shared)
	if _, expects := header["Expect"]; expects {
		return nil, expectation
	}
	w = c.respond(head.Length)
	w.life.Context = c.ctx //nolint:fatcontext // it is made once
	r := w.room.Make(&w.life, c.server.blank)
	w.url = where
	r.Method, r.URL, r.RequestURI = method, &w.url, requested
	r.Header, r.Host, r.RemoteAddr = header, host, c.remote
	r.ContentLength, r.Body = head.Length, http.NoBody
	if head.Length > 0 {
		r.Body = &w.content
	}
	r.Close, w.closing = closes(header)
	w.request, w.head = r, method == http.MethodHead
	return w, 0
}

func simple(head framing.Head) (why reason, ok bool) {
	switch {
	case head.Kind == framing.Old:
		return old, false
	case head.Kind == framing.Upgrades:
		return upgrade, false
	case head.Kind == framing.Chunked, head.Length > mostContent:
		return content, false
	default:
		return 0, true
	}
}

// locate reads a target that is a path. Most have nothing in them that a path could be written in two ways with.
func locate(target string) (u url.URL, ok bool) {
	if target[0] != '/' {
		return url.URL{}, false
	}
	path, query, asks := strings.Cut(target, "?")
	if isPlainPath(path) && (!asks || query != "") {
		return url.URL{Path: path, RawQuery: query}, true
	}
	parsed, err := url.ParseRequestURI(target)
	if err != nil {
		return url.URL{}, false
	}
	return *parsed, true
}

func isPlainPath(path string) bool {
	for i := range len(path) {
		switch c := path[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '/', c == '-', 'A' <= c && c <= 'Z', c == '.', c == '_':
		default:
			return false
		}
	}
	return true
}

// read reads the fields, which the guard has found to be lines with names that are tokens and values without control characters.
func read(fields string, shared bool) (host string, header http.Header) {
	n := strings.Count(fields, "\n") - 1 // without the empty line
	header = make(http.Header, n)
	values := make([]string, n)
	for range n {
		var line string
		line, fields, _ = strings.Cut(fields, "\r\n")
		name, value, _ := strings.Cut(line, ":")
		value = textproto.TrimString(value)
		if !shared {
			name, value = strings.Clone(name), strings.Clone(value)
		}
		name = textproto.CanonicalMIMEHeaderKey(name)
		switch before := header[name]; {
		case name == "Host": // of which there is one
			host = value
		case before == nil:
			values[0] = value
			header[name], values = values[:1:1], values[1:]
		default:
			header[name] = append(before, value)
		}
	}
	// RFC 9111, section 5.4, as net/http does it.
	if pragma := header["Pragma"]; len(pragma) > 0 && pragma[0] == "no-cache" && header["Cache-Control"] == nil {
		header["Cache-Control"] = []string{"no-cache"}
	}
	return host, header
}

// closes reports whether the client wants no more than one answer: said says whether handlers are told so.
func closes(header http.Header) (said, closes bool) {
	options := header["Connection"]
	if len(options) == 0 {
		return false, false
	}
	said = httpguts.HeaderValuesContainsToken(options, "close")
	return said, said || namesClose(options[0])
}

// namesClose reports whether a Connection has the word somewhere. What is no list is read as generously as net/http does: a
// connection that ends too early loses nothing.
func namesClose(options string) bool {
	for word := range strings.FieldsFuncSeq(options, func(c rune) bool { return c == ' ' || c == ',' || c == '\t' }) {
		if len(word) == len("close") && strings.EqualFold(word, "close") {
			return true
		}
	}
	return false
}
