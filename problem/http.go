package problem

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// ContentType is the media type of RFC 9457.
const ContentType = "application/problem+json"

// RequestIDHeader carries a request's id in both directions. It is written as http.Header keeps it.
const RequestIDHeader = "X-Request-Id"

// The types of problems about limits, and their members, are those of the RateLimit fields (draft-ietf-httpapi-ratelimit-headers,
// section "Problem Types"). All others are about:blank.
const (
	quotaExceeded   = "https://iana.org/assignments/http-problem-types#quota-exceeded"
	capacityReduced = "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity"
)

// body is an RFC 9457 problem. Where its type is about:blank, the title is the status's own phrase; code is what clients act on.
type body struct {
	Type      string   `json:"type,omitempty"`
	Title     string   `json:"title"`
	Status    int      `json:"status"`
	Detail    string   `json:"detail"`
	Code      string   `json:"code"`
	Errors    []Fault  `json:"errors,omitempty"`
	Policies  []string `json:"violated-policies,omitempty"` //nolint:tagliatelle // the draft calls it so
	RequestID string   `json:"request_id,omitempty"`
}

// Write answers a request that fails as a whole. The request id is the one already set on the answer. Where it is known when to
// come back, Retry-After says so.
func Write(w http.ResponseWriter, err error) {
	known := From(err)
	status := known.HTTPStatus()
	payload, _ := json.Marshal(body{
		Type:      typeOf(known.Kind),
		Title:     title(status),
		Status:    status,
		Detail:    known.Public(),
		Code:      known.Kind.Code(),
		Errors:    known.Faults,
		Policies:  known.Policies,
		RequestID: w.Header().Get(RequestIDHeader),
	}) // strings and numbers always marshal
	header := w.Header()
	header.Set("Content-Type", ContentType)
	header.Set("Cache-Control", "no-store")
	header.Del("Content-Length")
	if known.RetryAfter > 0 {
		header.Set("Retry-After", strconv.FormatInt(known.RetrySeconds(), 10))
	}
	w.WriteHeader(status)
	_, _ = w.Write(append(payload, '\n')) // a client that has gone cannot be told so
}

func typeOf(kind Kind) string {
	switch kind {
	case RateLimited:
		return quotaExceeded
	case CapacityReduced:
		return capacityReduced
	default:
		return ""
	}
}

func title(status int) string {
	if status == StatusClientClosedRequest {
		return "Client Closed Request"
	}
	return http.StatusText(status)
}
