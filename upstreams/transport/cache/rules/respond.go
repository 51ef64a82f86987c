package rules

import (
	"bytes"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Respond answers a request from the store (RFC 9111, 4): with the stored answer, with 304 where the request's own conditions
// say that the caller has it already, with 206 or 416 where it wants one range of bytes. The values of its fields are those of
// the stored answer, so they may be replaced but not written to. The body is read and not copied.
func Respond(req *http.Request, a Answer, body []byte, now time.Time) *http.Response {
	if a.known == nil {
		a = NewAnswer(a.Status, a.Header, a.Asked, a.Came, a.Varied, Settings{})
	}
	r := &response{}
	r.Request, r.Proto, r.ProtoMajor, r.ProtoMinor = req, "HTTP/1.1", 1, 1
	r.StatusCode, r.Header = a.Status, maps.Clone(a.Header)
	r.date(a, now)
	switch p, partial, satisfiable := wantedPart(req, a, len(body)); {
	case notModified(req, a):
		r.notModified()
	case partial && !satisfiable:
		r.unsatisfiable(len(body))
	case partial:
		r.part(p, body)
	default:
		r.whole(body)
	}
	r.Status = statusLine(r.StatusCode)
	return &r.Response
}

// response is an answer with what it needs in one piece of memory.
type response struct {
	http.Response

	content bytes.Reader
	fields  [2]string
}

// Read, WriteTo and Close are of the body.
type body struct{ *bytes.Reader }

// Close implements io.Closer.
func (body) Close() error { return nil }

// date says how old the answer is, and when it was made where the service did not (RFC 9110, 6.6.1).
func (r *response) date(a Answer, now time.Time) {
	r.fields[0] = Age(a, now)
	r.Header["Age"] = r.fields[0:1:1]
	if a.known.date != nil {
		r.Header["Date"] = a.known.date
	}
}

// whole answers with all of the body, or with its length where only the header is wanted.
func (r *response) whole(content []byte) {
	if r.StatusCode == http.StatusNoContent {
		r.Body = http.NoBody
		return
	}
	r.length(len(content))
	r.send(content)
}

// part answers with a part of the body. What was said of the bytes of the whole is not true of it.
func (r *response) part(p part, content []byte) {
	r.StatusCode = http.StatusPartialContent
	delete(r.Header, "Content-Md5")
	delete(r.Header, "Content-Digest")
	delete(r.Header, "Digest")
	r.Header["Content-Range"] = []string{p.contentRange(len(content))}
	r.length(p.last - p.first + 1)
	r.send(content[p.first : p.last+1])
}

// notModified says that the caller has the answer. What describes a body goes (RFC 9110, 15.4.5).
func (r *response) notModified() {
	r.StatusCode, r.Body = http.StatusNotModified, http.NoBody
	for name := range r.Header {
		if name != "Etag" && ofContent(name) || name == "Content-Type" || name == "Content-Language" {
			delete(r.Header, name)
		}
	}
}

// unsatisfiable says that there is no such part. Of the stored answer only what a browser needs to read it is kept: the rest is
// of an answer that this is not, and would let others keep it.
func (r *response) unsatisfiable(length int) {
	r.StatusCode, r.Body = http.StatusRequestedRangeNotSatisfiable, http.NoBody
	for name := range r.Header {
		if name != "Date" && name != "Vary" && !strings.HasPrefix(name, "Access-Control-") {
			delete(r.Header, name)
		}
	}
	r.Header["Content-Range"] = []string{"bytes */" + strconv.Itoa(length)}
	r.Header["Content-Length"] = []string{"0"}
}

// length says how long the body is, if that is not said already.
func (r *response) length(n int) {
	r.ContentLength = int64(n)
	if said := r.Header["Content-Length"]; len(said) == 1 {
		if length, err := strconv.Atoi(said[0]); err == nil && length == n {
			return
		}
	}
	r.fields[1] = strconv.Itoa(n)
	r.Header["Content-Length"] = r.fields[1:2:2]
}

func (r *response) send(content []byte) {
	if len(content) == 0 || r.Request.Method == http.MethodHead {
		r.Body = http.NoBody
		return
	}
	r.content.Reset(content)
	r.Body = body{&r.content}
}

func statusLine(status int) string {
	switch status {
	case http.StatusOK:
		return "200 OK"
	case http.StatusNotModified:
		return "304 Not Modified"
	default:
		return strings.TrimSuffix(strconv.Itoa(status)+" "+http.StatusText(status), " ")
	}
}
