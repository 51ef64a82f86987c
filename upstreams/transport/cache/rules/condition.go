package rules

import "net/http"

// Condition is a copy of a request that asks whether an answer is still good (RFC 9111, 4.3.1). The client's own conditions and
// ranges are taken out: what the service answers to them is not about the stored answer. For an answer without validators it
// asks for the answer itself.
func Condition(req *http.Request, a Answer) *http.Request {
	asks := req.Clone(req.Context())
	if asks.Header == nil {
		asks.Header = make(http.Header, 2)
	}
	for _, name := range conditions() {
		delete(asks.Header, name)
	}
	if tag := entityTag(a.Header); tag != "" {
		asks.Header["If-None-Match"] = []string{tag}
	}
	if modified := lastModified(a.Header); modified != "" {
		asks.Header["If-Modified-Since"] = []string{modified}
	}
	return asks
}

// conditions are the fields by which a client asks for less than the answer.
func conditions() [6]string {
	return [...]string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range"}
}
