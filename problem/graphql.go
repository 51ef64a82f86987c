package problem

import (
	"errors"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Present is an error as a GraphQL answer shows it: a message, a code, the request's id, and where it happened. An error that
// already carries one of our codes was made for the caller and keeps its message; of everything else only what Public says is
// shown. Where it is known when to come back, retryAfter has the seconds.
func Present(err error, requestID string) *gqlerror.Error {
	shown := new(gqlerror.Error)
	var located *gqlerror.Error
	if errors.As(err, &located) {
		shown.Path, shown.Locations = located.Path, located.Locations
	}
	known := From(err)
	kind, worded := kindWorded(located)
	if worded {
		shown.Message = located.Message
	} else {
		kind, shown.Message = known.Kind, known.Public()
	}
	shown.Err = known // is never written: it is for whoever makes a whole answer of the error
	shown.Extensions = map[string]any{"code": kind.Code()}
	if known.RetryAfter > 0 {
		shown.Extensions["retryAfter"] = known.RetrySeconds()
	}
	if requestID != "" {
		shown.Extensions["requestId"] = requestID
	}
	return shown
}

// OfArgument is an argument's own complaint, or a general one where it has none: what else reads arguments names Go types.
func OfArgument(err error) *Error {
	if known := From(err); known.Kind != Internal {
		return known
	}
	return Wrap(BadInput, err, "an argument is out of range or not of its type")
}

// KindOfGraphQL is the kind of an error as Present made it.
func KindOfGraphQL(err *gqlerror.Error) Kind {
	kind, _ := kindWorded(err)
	return kind
}

// kindWorded finds the kind of an error by the code that it carries.
func kindWorded(err *gqlerror.Error) (Kind, bool) {
	if err == nil {
		return Internal, false
	}
	code, _ := err.Extensions["code"].(string)
	for _, kind := range Kinds() {
		if code != "" && kind.Code() == code {
			return kind, true
		}
	}
	return Internal, false
}
