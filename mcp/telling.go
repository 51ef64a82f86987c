package mcp

import (
	"net/http"
	"strings"

	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
)

// telling is an answer of the SDK's. What it refuses by a plain text, which may repeat what was sent, becomes a problem in our
// words, as at the other doors. Errors of the protocol stay what they are, and are noted as failures too.
type telling struct {
	http.ResponseWriter

	record   *middleware.Record
	answered bool // by a problem, so that what the SDK writes is dropped
}

// WriteHeader implements http.ResponseWriter.
func (t *telling) WriteHeader(status int) {
	if status < http.StatusBadRequest {
		t.ResponseWriter.WriteHeader(status)
		return
	}
	refused := refusalOf(status)
	t.record.Fail(refused.Kind)
	if !strings.HasPrefix(t.Header().Get("Content-Type"), "text/plain") {
		t.ResponseWriter.WriteHeader(status)
		return
	}
	t.answered = true
	problem.Write(t.ResponseWriter, refused)
}

// Write implements http.ResponseWriter.
func (t *telling) Write(text []byte) (int, error) {
	if t.answered {
		return len(text), nil
	}
	return t.ResponseWriter.Write(text) //nolint:wrapcheck // it is passed through
}

// Unwrap is for http.ResponseController.
func (t *telling) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// refusalOf is what the SDK means by a status.
func refusalOf(status int) *problem.Error {
	switch status {
	case http.StatusBadRequest:
		return problem.New(problem.BadInput, "it is no message of a version of the protocol that is spoken here, "+
			"or Accept does not name application/json and text/event-stream")
	case http.StatusForbidden:
		return problem.New(problem.Forbidden, "a request that comes over loopback must name this machine as its host (mcp.resource)")
	case http.StatusNotFound:
		return problem.New(problem.NotFound, "there is no such method")
	case http.StatusRequestEntityTooLarge:
		return problem.New(problem.TooLarge, "")
	default:
		return problem.New(problem.Internal, "")
	}
}
