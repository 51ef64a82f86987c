package passthrough

import (
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/concierge-gateway/concierge/problem"
)

// The bounds of what is read of a service's error: its bytes, and the faults that are shown.
const (
	maxRefusal = 64 << 10
	maxFaults  = 20
)

// refusal is what a service's error is to a client: its status, and of its text only which members are at fault.
func refusal(res *http.Response, nameOf func(member string) string) *problem.Error {
	shown := &problem.Error{Kind: kindOf(res.StatusCode), Status: res.StatusCode}
	if media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); !strings.HasSuffix(media, "json") {
		return shown
	}
	var said struct {
		Errors []problem.Fault `json:"errors"`
	}
	if json.UnmarshalRead(io.LimitReader(res.Body, maxRefusal), &said) != nil {
		return shown
	}
	for _, fault := range said.Errors[:min(len(said.Errors), maxFaults)] {
		if fault.Plain() {
			fault.Field = nameOf(fault.Field)
			shown.Faults = append(shown.Faults, fault)
		}
	}
	return shown
}

// kindOf is what a service's status means to a client.
func kindOf(status int) problem.Kind {
	switch status {
	case http.StatusUnauthorized:
		return problem.UpstreamRejected
	case http.StatusForbidden:
		return problem.Forbidden
	case http.StatusNotFound:
		return problem.NotFound
	case http.StatusMethodNotAllowed:
		return problem.MethodNotAllowed
	case http.StatusNotAcceptable:
		return problem.NotAcceptable
	case http.StatusConflict, http.StatusPreconditionFailed:
		return problem.Conflict
	case http.StatusGone:
		return problem.Gone
	case http.StatusRequestEntityTooLarge:
		return problem.TooLarge
	case http.StatusUnsupportedMediaType:
		return problem.UnsupportedMediaType
	case http.StatusTooManyRequests:
		return problem.UpstreamOverloaded
	case http.StatusServiceUnavailable:
		return problem.UpstreamUnavailable
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		return problem.UpstreamTimeout
	}
	if status < 500 {
		return problem.BadInput
	}
	return problem.UpstreamError
}
