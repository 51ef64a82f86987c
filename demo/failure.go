package demo

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
)

const problemType = "application/problem+json"

// failure is a refusal, as RFC 9457 writes it.
type failure struct {
	Type   string    `json:"type"`
	Title  string    `json:"title"`
	Status int       `json:"status"`
	Detail string    `json:"detail"`
	Errors []mistake `json:"errors,omitempty"`

	retryAfter string // the field of this name; empty where it would not help to ask again
}

// mistake names a member that is wrong, such as items[0].product_id, and in which way.
type mistake struct {
	Field string `json:"field"`
	Code  string `json:"code"`
}

// The codes of mistakes.
const (
	codeRequired     = "REQUIRED"
	codeInvalid      = "INVALID"
	codeTooLong      = "TOO_LONG"
	codeOutOfRange   = "OUT_OF_RANGE"
	codeUnknown      = "UNKNOWN_MEMBER"
	codeNoUser       = "UNKNOWN_USER"
	codeNoProduct    = "UNKNOWN_PRODUCT"
	codeNoOrder      = "UNKNOWN_ORDER"
	codeCannotCancel = "NOT_CANCELLABLE"
	codeCannotPay    = "NOT_PAYABLE"
	codeCannotRefund = "NOT_REFUNDABLE"
	codeKeyReused    = "KEY_REUSED"
	codeUnderWay     = "UNDER_WAY"
)

// Error is the refusal's detail.
func (f *failure) Error() string { return f.Detail }

func badRequest(detail string) error { return &failure{Status: http.StatusBadRequest, Detail: detail} }

func notFound(what, id string) error {
	return &failure{Status: http.StatusNotFound, Detail: fmt.Sprintf("there is no %s %q", what, id)}
}

func conflict(detail, code string) error {
	return &failure{Status: http.StatusConflict, Detail: detail, Errors: []mistake{{Field: "status", Code: code}}}
}

func unprocessable(mistakes ...mistake) error {
	return &failure{Status: http.StatusUnprocessableEntity, Detail: "the body is not valid", Errors: mistakes}
}

func keyReused() error {
	return &failure{
		Status: http.StatusUnprocessableEntity, Detail: "the Idempotency-Key belongs to another request",
		Errors: []mistake{{Code: codeKeyReused}},
	}
}

func underWay() error {
	return &failure{
		Status: http.StatusConflict, Detail: "the first request with this Idempotency-Key is still being worked on",
		Errors: []mistake{{Code: codeUnderWay}}, retryAfter: "1",
	}
}

func (f *failure) json() []byte {
	complete := *f
	complete.Type, complete.Title = "about:blank", http.StatusText(f.Status)
	if f.Status == http.StatusUnprocessableEntity {
		complete.Title = "Unprocessable Content" // its name since RFC 9110
	}
	body, _ := json.Marshal(complete) // strings and numbers always marshal
	return body
}

// writeFailure answers with an operation's error.
func writeFailure(w http.ResponseWriter, err error) {
	var known *failure
	if !errors.As(err, &known) {
		known = &failure{Status: http.StatusInternalServerError, Detail: err.Error()}
	}
	body := known.json()
	header := w.Header()
	header.Set("Content-Type", problemType)
	header.Set("Cache-Control", cacheNever)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if known.retryAfter != "" {
		header.Set("Retry-After", known.retryAfter)
	}
	w.WriteHeader(known.Status)
	_, _ = w.Write(body) // a client that has gone cannot be told so
}
