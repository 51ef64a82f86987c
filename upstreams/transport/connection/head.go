package connection

import (
	"net/http"
	"net/textproto"
	"strings"
)

// bare reports whether a request is a header that can be written as it stands: one that reads, without a body, to the endpoint
// under its own name. Most are so, and http.Request.Write takes several times as long for them, since it looks at everything that
// may be otherwise; and so far down the stack, it makes a young goroutine's stack grow.
func (t *Transport) bare(req *http.Request) bool {
	reads := req.Method == http.MethodGet || req.Method == http.MethodHead
	return reads && (req.Body == nil || req.Body == http.NoBody) && req.Host == t.host && t.plainHost
}

// appendHead writes a bare request as http.Request.Write does, but for the order of fields of different names, which says nothing
// (RFC 9110, section 5.3): sorting them would cost as much as writing them. It reports false where the target or a field is not
// one to be written so.
func appendHead(to []byte, req *http.Request) ([]byte, bool) {
	to = append(append(to, req.Method...), ' ')
	to, ok := appendTarget(to, req)
	to = append(to, " HTTP/1.1\r\n"...)
	to = appendField(to, "Host", req.Host)
	if agent := userAgent(req.Header); agent != "" {
		to = appendField(to, "User-Agent", agent)
	}
	for name, values := range req.Header {
		if !ok || !isPlain(name, values) {
			return to, false
		}
		if saidOtherwise(name) {
			continue
		}
		for _, value := range values {
			to = appendField(to, name, value)
		}
	}
	return append(to, "\r\n"...), ok
}

// appendTarget writes what a request asks for, as url.URL.RequestURI has it.
func appendTarget(to []byte, req *http.Request) (target []byte, ok bool) {
	path := req.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	to = append(to, path...)
	if req.URL.ForceQuery || req.URL.RawQuery != "" {
		to = append(append(to, '?'), req.URL.RawQuery...)
	}
	return to, !breaksLine(path) && !breaksLine(req.URL.RawQuery)
}

// breaksLine reports whether a text would end a request line's target, or the line.
func breaksLine(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] == 0x7f {
			return true
		}
	}
	return false
}

// usualAgent is how http.Request.Write names whoever does not name itself.
const usualAgent = "Go-http-client/1.1"

// userAgent is empty where none is to be named.
func userAgent(header http.Header) string {
	if _, named := header["User-Agent"]; named {
		return header.Get("User-Agent")
	}
	return usualAgent
}

// saidOtherwise reports whether a field is written by what http.Request has for it, or not at all.
func saidOtherwise(name string) bool {
	switch name {
	case "Host", "User-Agent", "Content-Length", "Transfer-Encoding", "Trailer":
		return true
	default:
		return false
	}
}

func appendField(to []byte, name, value string) []byte {
	to = append(append(to, name...), ": "...)
	return append(append(to, textproto.TrimString(value)...), "\r\n"...)
}

// isPlainHost reports whether a host is written as it is, without a zone or a conversion.
func isPlainHost(host string) bool {
	for i := range len(host) {
		c := host[i]
		if ('a' > c|0x20 || c|0x20 > 'z') && ('0' > c || c > '9') && strings.IndexByte(".-_:[]", c) < 0 {
			return false
		}
	}
	return host != ""
}
