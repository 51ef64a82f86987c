package passthrough

import "net/http"

// quiet is a writer for what a service says before its answer. Where nobody knows yet whether the caller gets to know of the
// record, hints about it would tell (RFC 8297).
func quiet(w http.ResponseWriter, c *caller) http.ResponseWriter {
	if c.asks {
		return hintless{w}
	}
	return w
}

// hintless hands on no informational answer but the one that asks for the body, which is the gateway's own.
type hintless struct{ http.ResponseWriter }

// WriteHeader writes the rest.
func (h hintless) WriteHeader(status int) {
	if status == http.StatusContinue || status >= http.StatusOK {
		h.ResponseWriter.WriteHeader(status)
	}
}
