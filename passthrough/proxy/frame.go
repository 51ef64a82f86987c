package proxy

import (
	"bytes"
	"io"
	"net/http"
)

// trailersOf are the fields that a request announces for the end of its body. They have no values yet.
func trailersOf(r *http.Request) http.Header {
	if len(r.Trailer) == 0 {
		return nil
	}
	trailer := make(http.Header, len(r.Trailer))
	for name := range r.Trailer {
		if c, _ := classOf(name); c == plain {
			trailer[name] = nil
		}
	}
	removeNamed(trailer, r.Header["Connection"])
	if len(trailer) == 0 {
		return nil
	}
	return trailer
}

func hasBody(r *http.Request) bool {
	return r.ContentLength != 0 && r.Body != nil && r.Body != http.NoBody
}

// frame gives a request the client's body, and says how it is framed: in chunks where nobody knows its length, without waiting
// whether there is one; and with Content-Length: 0 where the client said that, also for the methods that usually have no body.
func (x *exchange) frame(out, r *http.Request) {
	if !hasBody(r) {
		if said := r.Header["Content-Length"]; len(said) > 0 && said[0] == "0" {
			out.Body, out.TransferEncoding = http.NoBody, []string{"identity"}
		}
		return
	}
	out.Trailer = trailersOf(r)
	x.upload.to, out.Body = out.Trailer, &x.upload
	if r.ContentLength < 0 {
		out.TransferEncoding = []string{"chunked"}
	}
	// A client that asks must not be told to send a body that the service refused. To use the connection again, net/http would send
	// it all the same.
	out.Close = len(out.Header["Expect"]) > 0
}

// SetBody gives a request that Outgoing made another body. It is held in memory, so it can be sent again.
func SetBody(out *http.Request, body []byte) {
	out.GetBody = func() (io.ReadCloser, error) {
		if len(body) == 0 {
			return http.NoBody, nil // net/http takes the length of another for unknown
		}
		return io.NopCloser(bytes.NewReader(body)), nil
	}
	out.Body, _ = out.GetBody() // it has no error
	out.ContentLength = int64(len(body))
	out.TransferEncoding, out.Trailer = nil, nil
	for _, name := range [...]string{"Expect", "Content-Md5", "Digest", "Content-Digest", "Repr-Digest"} {
		delete(out.Header, name)
	}
}
