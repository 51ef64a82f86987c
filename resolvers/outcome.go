package resolvers

import (
	"context"
	"errors"
	"reflect"
	"strings"

	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

// outcome tells what a write's error means to the caller: something to mend, or a failure of ours. Whatever it was, the records
// may have changed, so what was read before is read again.
func outcome(ctx context.Context, err error) ([]*graph.UserError, error) {
	loaders.For(ctx).Forget()
	var rejection *rest.Rejection
	switch {
	case err == nil:
		return []*graph.UserError{}, nil
	case errors.As(err, &rejection):
		return userErrors(rejection), nil
	case problem.KindOf(err) == problem.NotFound:
		return []*graph.UserError{userError(graph.UserErrorCodeNotFound, nil)}, nil
	default:
		return nil, err
	}
}

// Missing is what a mutation answers about a record that there is not.
func Missing(mutation string) any {
	payload, ok := result("Mutation", mutation)
	if !ok {
		return nil
	}
	answer := reflect.New(payload.Elem())
	answer.Elem().FieldByName("UserErrors").Set(reflect.ValueOf([]*graph.UserError{userError(graph.UserErrorCodeNotFound, nil)}))
	return answer.Interface()
}

// userErrors is a service's no in the schema's words. The service's own words stay behind, but for the codes that the schema
// knows and the names of members. A conflict is about a record, which no input field names.
func userErrors(rejection *rest.Rejection) []*graph.UserError {
	errs := make([]*graph.UserError, 0, max(1, len(rejection.Reasons)))
	for _, reason := range rejection.Reasons {
		var field []string
		if !rejection.Conflict() {
			field = inputField(reason.Field)
		}
		errs = append(errs, userError(codeOf(reason.Code, rejection), field))
	}
	if len(errs) == 0 {
		errs = append(errs, userError(codeOf("", rejection), nil))
	}
	return errs
}

func codeOf(word string, rejection *rest.Rejection) graph.UserErrorCode {
	if code := graph.UserErrorCode(word); code.IsValid() {
		return code
	}
	if rejection.Conflict() {
		return graph.UserErrorCodeConflict
	}
	return graph.UserErrorCodeInvalid
}

func userError(code graph.UserErrorCode, field []string) *graph.UserError {
	return &graph.UserError{Field: field, Code: code, Message: message(code)}
}

func message(code graph.UserErrorCode) string {
	switch code {
	case graph.UserErrorCodeRequired:
		return "a value is needed"
	case graph.UserErrorCodeTooLong:
		return "the value is too long"
	case graph.UserErrorCodeOutOfRange:
		return "the number is too small or too large"
	case graph.UserErrorCodeNotFound:
		return "the record does not exist"
	case graph.UserErrorCodeUnknownProduct:
		return "the product does not exist"
	case graph.UserErrorCodeOutOfStock:
		return "there is not enough of the product"
	case graph.UserErrorCodeNotCancellable:
		return "the order can no longer be cancelled"
	case graph.UserErrorCodeNotPayable:
		return "the order is not waiting for a payment"
	case graph.UserErrorCodeNotRefundable:
		return "the payment cannot be refunded"
	case graph.UserErrorCodeConflict:
		return "the record's state does not allow this"
	default:
		return "the value is not valid"
	}
}

// maxMember bounds the path of a member that a service names.
const maxMember = 100

// inputField is a service's items[0].product_id as the path input, items, 0, productId. What does not look like a member's path
// is left out.
func inputField(member string) []string {
	if member == "" || len(member) > maxMember || strings.ContainsFunc(member, notInMember) {
		return nil
	}
	field := []string{"input"}
	for _, part := range strings.FieldsFunc(member, func(r rune) bool { return strings.ContainsRune(".[]", r) }) {
		field = append(field, camel(part))
	}
	return field
}

func camel(snake string) string {
	words := strings.Split(snake, "_")
	for i, word := range words[1:] {
		if word != "" {
			words[i+1] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return strings.Join(words, "")
}

func notInMember(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("_.[]", r)
}
