package problem

import (
	"encoding/json"
	"net/http"
)

// ContentType is the media type of RFC 9457.
const ContentType = "application/problem+json"

// RequestIDHeader carries a request's id in both directions. It is written as http.Header keeps it.
const RequestIDHeader = "X-Request-Id"

// body is an RFC 9457 problem. Its type is about:blank, so the title is the status's own phrase; code is what clients act on.
type body struct {
	Title     string  `json:"title"`
	Status    int     `json:"status"`
	Detail    string  `json:"detail"`
	Code      string  `json:"code"`
	Errors    []Fault `json:"errors,omitempty"`
	RequestID string  `json:"request_id,omitempty"`
}

// Write answers a request that fails as a whole. The request id is the one already set on the answer.
func Write(w http.ResponseWriter, err error) {
	known := From(err)
	status := known.HTTPStatus()
	payload, _ := json.Marshal(body{
		Title:     title(status),
		Status:    status,
		Detail:    known.Public(),
		Code:      known.Kind.Code(),
		Errors:    known.Faults,
		RequestID: w.Header().Get(RequestIDHeader),
	}) // strings and numbers always marshal
	header := w.Header()
	header.Set("Content-Type", ContentType)
	header.Set("Cache-Control", "no-store")
	header.Del("Content-Length")
	w.WriteHeader(status)
	_, _ = w.Write(append(payload, '\n')) // a client that has gone cannot be told so
}

func title(status int) string {
	if status == StatusClientClosedRequest {
		return "Client Closed Request"
	}
	return http.StatusText(status)
}
