package connection

import (
	"bufio"
	"net/http"
	"net/textproto"
	"strings"
)

// bare reports whether a request is a header that can be written as it stands: one that reads, without a body, to the endpoint
// under its own name. Most are so, and http.Request.Write takes several times as long for them, since it looks at everything that
// may be otherwise; and so far down the stack, it makes a young goroutine's stack grow. What a simple request is has been found
// out before.
func (x *exchange) bare() bool {
	req, trace := x.sent, x.trace
	reads := req.Method == http.MethodGet || req.Method == http.MethodHead
	watched := trace.WroteHeaderField != nil || trace.WroteHeaders != nil || trace.WroteRequest != nil
	return reads && !watched && (req.Body == nil || req.Body == http.NoBody) &&
		req.Host == x.transport.host && x.transport.plainHost
}

// writeHead writes a bare request as http.Request.Write does, but for the order of fields of different names, which says nothing
// (RFC 9110, section 5.3): sorting them would cost as much as writing them. It reports false, and has written nothing, where the
// target is not one to be written. The writer keeps errors until it is flushed.
func writeHead(w *bufio.Writer, req *http.Request) bool {
	target := req.URL.RequestURI()
	if strings.IndexFunc(target, breaksLine) >= 0 {
		return false
	}
	head := append(w.AvailableBuffer(), req.Method...)
	head = append(append(append(head, ' '), target...), " HTTP/1.1\r\n"...)
	head = appendField(head, "Host", req.Host)
	if agent := userAgent(req.Header); agent != "" {
		head = appendField(head, "User-Agent", agent)
	}
	for name, values := range req.Header {
		if saidOtherwise(name) {
			continue
		}
		for _, value := range values {
			head = appendField(head, name, value)
		}
	}
	_, _ = w.Write(append(head, "\r\n"...)) // it keeps the error
	return true
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

// breaksLine tells what would end a request line's target, or the line.
func breaksLine(c rune) bool { return c <= ' ' || c == 0x7f }

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
