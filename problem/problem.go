// Package problem answers in which ways a request can fail, and what its caller gets to know of it.
//
// An error that is none of ours is Internal and says nothing to the caller; only what was wrapped here on purpose does.
package problem

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Kind is a way to fail. It decides the code a client can act on and the HTTP status.
type Kind int

// The kinds. The zero value is Internal, so that what nobody classified stays inside.
const (
	Internal Kind = iota
	BadInput
	ParseFailed
	ValidationFailed
	LimitExceeded
	TooCostly
	PersistedNotFound
	PersistedNotSupported
	PersistedMismatch
	PersistedNotListed
	PersistedIDRequired
	NotInSafelist
	RateLimited
	CapacityReduced
	SubscriptionLimit
	SubscriptionSlow
	SubscriptionLost
	Unauthenticated
	Forbidden
	NotFound
	MethodNotAllowed
	NotAcceptable
	Conflict
	Gone
	TooLarge
	ResultTooLarge
	HeaderTooLarge
	UnsupportedMediaType
	Cancelled
	Timeout
	Unavailable
	Overloaded
	UpstreamError
	UpstreamRejected
	UpstreamUnavailable
	UpstreamTimeout
	UpstreamOverloaded
	LoopDetected
)

type row struct {
	code    string
	status  int
	message string
}

// StatusClientClosedRequest tells a cancelled call from a failed one in logs and metrics. No client sees it: it has gone.
const StatusClientClosedRequest = 499

// row is the whole mapping from kinds to what clients see. docs/errors.md lists it for them.
func (k Kind) row() row {
	switch k {
	case BadInput:
		return row{"BAD_USER_INPUT", http.StatusBadRequest, "the input is not valid"}
	case ParseFailed:
		return row{"GRAPHQL_PARSE_FAILED", http.StatusBadRequest, "the document is not valid GraphQL"}
	case ValidationFailed:
		return row{"GRAPHQL_VALIDATION_FAILED", http.StatusBadRequest, "the operation does not fit the schema"}
	case LimitExceeded:
		return row{"OPERATION_LIMIT_EXCEEDED", http.StatusBadRequest, "the operation is larger than is allowed"}
	case TooCostly:
		return row{"OPERATION_TOO_COSTLY", http.StatusBadRequest, "the operation asks for more than is allowed"}
	case PersistedNotFound: // Apollo's clients, and others after them, go by the message or the code of this one and the next
		return row{"PERSISTED_QUERY_NOT_FOUND", http.StatusBadRequest, "PersistedQueryNotFound"}
	case PersistedNotSupported:
		return row{"PERSISTED_QUERY_NOT_SUPPORTED", http.StatusBadRequest, "PersistedQueryNotSupported"}
	case PersistedMismatch:
		return row{"PERSISTED_QUERY_HASH_MISMATCH", http.StatusBadRequest, "the id does not belong to the query"}
	case PersistedNotListed:
		return row{"PERSISTED_QUERY_NOT_IN_LIST", http.StatusBadRequest, "there is no trusted document with this id"}
	case PersistedIDRequired:
		return row{"PERSISTED_QUERY_ID_REQUIRED", http.StatusForbidden, "documents are taken by their ids alone"}
	case NotInSafelist:
		return row{"QUERY_NOT_IN_SAFELIST", http.StatusForbidden, "only trusted documents are taken"}
	case RateLimited:
		return row{"RATE_LIMITED", http.StatusTooManyRequests, "there were more requests than are allowed"}
	case CapacityReduced:
		return row{"CAPACITY_REDUCED", http.StatusServiceUnavailable, "requests cannot be counted now"}
	case SubscriptionLimit:
		return row{"SUBSCRIPTION_LIMIT_EXCEEDED", http.StatusTooManyRequests, "there are as many subscriptions as are allowed"}
	case SubscriptionSlow:
		return row{"SUBSCRIPTION_TOO_SLOW", http.StatusServiceUnavailable, "events came faster than they were taken: subscribe again"}
	case SubscriptionLost:
		return row{"SUBSCRIPTION_LOST", http.StatusServiceUnavailable, "events may have been missed: subscribe again, and read anew"}
	case Unauthenticated:
		return row{"UNAUTHENTICATED", http.StatusUnauthorized, "a valid credential is needed"}
	case Forbidden:
		return row{"FORBIDDEN", http.StatusForbidden, "this is not allowed"}
	case NotFound:
		return row{"NOT_FOUND", http.StatusNotFound, "there is nothing here"}
	case MethodNotAllowed:
		return row{"METHOD_NOT_ALLOWED", http.StatusMethodNotAllowed, "this method is not allowed here"}
	case NotAcceptable:
		return row{"NOT_ACCEPTABLE", http.StatusNotAcceptable, "none of the accepted media types can be served"}
	case Conflict:
		return row{"CONFLICT", http.StatusConflict, "the record's state does not allow this"}
	case Gone:
		return row{"GONE", http.StatusGone, "what was here is no longer served"}
	case TooLarge:
		return row{"PAYLOAD_TOO_LARGE", http.StatusRequestEntityTooLarge, "the request body is too large"}
	case ResultTooLarge:
		return row{"RESULT_TOO_LARGE", http.StatusBadRequest, "the result is too large"}
	case HeaderTooLarge:
		return row{"HEADER_TOO_LARGE", http.StatusRequestHeaderFieldsTooLarge, "the request header is too large"}
	case UnsupportedMediaType:
		return row{"UNSUPPORTED_MEDIA_TYPE", http.StatusUnsupportedMediaType, "this media type is not supported"}
	case Cancelled:
		return row{"CANCELLED", StatusClientClosedRequest, "the request was cancelled"}
	case Timeout:
		return row{"TIMEOUT", http.StatusServiceUnavailable, "the request took too long"}
	case Unavailable:
		return row{"UNAVAILABLE", http.StatusServiceUnavailable, "the gateway cannot take this request now"}
	case Overloaded:
		return row{"OVERLOADED", http.StatusServiceUnavailable, "the gateway has more requests than it can take now"}
	case UpstreamError:
		return row{"UPSTREAM_ERROR", http.StatusBadGateway, "a service behind the gateway failed"}
	case UpstreamRejected:
		return row{"UPSTREAM_REJECTED", http.StatusBadGateway, "a service behind the gateway refused the call"}
	case UpstreamUnavailable:
		return row{"UPSTREAM_UNAVAILABLE", http.StatusServiceUnavailable, "a service behind the gateway cannot be reached"}
	case UpstreamTimeout:
		return row{"UPSTREAM_TIMEOUT", http.StatusGatewayTimeout, "a service behind the gateway took too long"}
	case UpstreamOverloaded:
		return row{"UPSTREAM_OVERLOADED", http.StatusServiceUnavailable, "a service behind the gateway has no room for more calls"}
	case LoopDetected:
		return row{"LOOP_DETECTED", http.StatusLoopDetected, "the request has come through this gateway too often"}
	default:
		return row{"INTERNAL", http.StatusInternalServerError, "something went wrong inside the gateway"}
	}
}

// Kinds lists every kind.
func Kinds() []Kind {
	kinds := make([]Kind, 0, LoopDetected+1)
	for k := Internal; k <= LoopDetected; k++ {
		kinds = append(kinds, k)
	}
	return kinds
}

// Code is the stable word that clients act on, such as UPSTREAM_TIMEOUT.
func (k Kind) Code() string { return k.row().code }

// Status is the HTTP status of a request that fails as a whole in this way.
func (k Kind) Status() int { return k.row().status }

// Message is what the kind says where an error has no message of its own.
func (k Kind) Message() string { return k.row().message }

// String is the kind's code.
func (k Kind) String() string { return k.Code() }

// Error is a failure whose caller may know its kind and its message, and nothing of its cause.
type Error struct {
	Kind    Kind
	Message string
	// Status is the HTTP status where it is not the kind's own: that of a service whose error is handed on.
	Status int
	// Faults are what is wrong with an input, member by member, as far as that is known.
	Faults []Fault
	// RetryAfter is how long to wait before the same is tried again, 0 where nobody knows.
	RetryAfter time.Duration
	// Policies are the names of the limits that it is over.
	Policies []string

	cause error
}

// New is a failure with nothing behind it. The message is shown to the caller; empty, the kind's own is.
func New(kind Kind, message string) *Error { return &Error{Kind: kind, Message: message} }

// Wrap is a failure with a cause, which goes to the log and never to the caller.
func Wrap(kind Kind, cause error, message string) *Error {
	return &Error{Kind: kind, Message: message, cause: cause}
}

// Public is what the caller gets to read.
func (e *Error) Public() string {
	if e.Message != "" {
		return e.Message
	}
	return e.Kind.Message()
}

// RetrySeconds is RetryAfter in whole seconds, rounded up, as Retry-After has it.
func (e *Error) RetrySeconds() int64 { return int64((e.RetryAfter + time.Second - 1) / time.Second) }

// HTTPStatus is the status of a request that fails so as a whole.
func (e *Error) HTTPStatus() int {
	if e.Status != 0 {
		return e.Status
	}
	return e.Kind.Status()
}

// Error is for logs: the public message and the cause.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.Public()
	}
	return e.Public() + ": " + e.cause.Error()
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.cause }

// From finds what may be shown of any error. Ended contexts have kinds of their own; what is unknown is Internal.
func From(err error) *Error {
	var known *Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.Canceled):
		return Wrap(Cancelled, err, "")
	case errors.Is(err, context.DeadlineExceeded):
		return Wrap(Timeout, err, "")
	default:
		return Wrap(Internal, err, "")
	}
}

// KindOf is the kind of any error.
func KindOf(err error) Kind { return From(err).Kind }
