package rest

import (
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/concierge-gateway/concierge/problem"
)

// Rejection is a service's reasoned no to a write: the input, or the state of a record, does not allow it. It is the caller's to
// mend, so it is told apart from failures.
type Rejection struct {
	// Status is 400, 409 or 422.
	Status int
	// Reasons say what is wrong, as far as the service said.
	Reasons []Reason
}

// Reason is one thing wrong with a write.
type Reason struct {
	// Field is the member at fault, such as items[0].product_id, or empty.
	Field string `json:"field"`
	// Code is the service's word for it, such as UNKNOWN_PRODUCT.
	Code string `json:"code"`
}

// Error says which status and how many reasons; the reasons' words are the service's, so they stay out of messages.
func (r *Rejection) Error() string {
	return fmt.Sprintf("the service refused the write with status %d and %d reasons", r.Status, len(r.Reasons))
}

// Conflict reports whether a record's state is what stands in the way, and not the input.
func (r *Rejection) Conflict() bool { return r.Status == http.StatusConflict }

// maxReasons bounds what is taken over from one refusal.
const maxReasons = 20

// refused turns an answer that is no success into what it means. Nothing of its text is kept but the reasons.
func refused(res *http.Response, body []byte) error {
	status := res.StatusCode
	if status == http.StatusConflict && res.Header.Get("Retry-After") != "" { // no final no: the same write is being worked on
		return problem.New(problem.UpstreamUnavailable, "a service behind the gateway is still working on this write: try again")
	}
	switch status {
	case http.StatusNotFound:
		return problem.New(problem.NotFound, "")
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
		return &Rejection{Status: status, Reasons: reasons(body)}
	case http.StatusServiceUnavailable:
		return problem.New(problem.UpstreamUnavailable, "")
	case http.StatusGatewayTimeout:
		return problem.New(problem.UpstreamTimeout, "")
	}
	if status >= 400 && status < 500 {
		return problem.Wrap(problem.UpstreamRejected, fmt.Errorf("status %d", status), "")
	}
	return problem.Wrap(problem.UpstreamError, fmt.Errorf("status %d", status), "")
}

func reasons(body []byte) []Reason {
	var refusal struct {
		Errors []Reason `json:"errors"`
	}
	if err := json.Unmarshal(body, &refusal); err != nil {
		return nil // a refusal without reasons is still one
	}
	return refusal.Errors[:min(len(refusal.Errors), maxReasons)]
}
