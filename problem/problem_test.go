package problem

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

func TestEveryKindHasItsOwnCode(t *testing.T) {
	seen := make(map[string]Kind)
	for _, kind := range Kinds() {
		if other, ok := seen[kind.Code()]; ok {
			t.Errorf("%d and %d share the code %s", kind, other, kind.Code())
		}
		seen[kind.Code()] = kind
		if kind.Status() < 400 || kind.Status() > 599 || kind.Message() == "" {
			t.Errorf("%s has the status %d and says %q", kind, kind.Status(), kind.Message())
		}
	}
}

func TestOnlyWhatWasChosenIsShown(t *testing.T) {
	secret := errors.New("dial tcp 10.0.0.7: password hunter2")
	for name, c := range map[string]struct {
		err     error
		kind    Kind
		message string
	}{
		"an error of nobody's":     {secret, Internal, "something went wrong inside the gateway"},
		"a wrapped cause":          {Wrap(UpstreamError, secret, ""), UpstreamError, "a service behind the gateway failed"},
		"a message of its own":     {Wrap(BadInput, secret, "first is too large"), BadInput, "first is too large"},
		"what was done around it":  {fmt.Errorf("get users: %w", New(UpstreamTimeout, "")), UpstreamTimeout, "a service behind the gateway took too long"},
		"a caller who has gone":    {fmt.Errorf("get users: %w", context.Canceled), Cancelled, "the request was cancelled"},
		"a request without time":   {context.DeadlineExceeded, Timeout, "the request took too long"},
		"a gateway that is full":   {New(Overloaded, ""), Overloaded, "the gateway has more requests than it can take now"},
		"an error with a location": {&gqlerror.Error{Message: secret.Error(), Err: secret}, Internal, "something went wrong inside the gateway"},
	} {
		t.Run(name, func(t *testing.T) {
			shown := Present(c.err, "id-1")
			if shown.Message != c.message || KindOfGraphQL(shown) != c.kind || shown.Extensions["requestId"] != "id-1" {
				t.Errorf("Present = %v %v, want %q of kind %v with the request's id", shown, shown.Extensions, c.message, c.kind)
			}
			answer := httptest.NewRecorder()
			answer.Header().Set(RequestIDHeader, "id-1")
			Write(answer, c.err)
			if strings.Contains(answer.Body.String(), "hunter2") {
				t.Errorf("the answer shows the cause: %s", answer.Body)
			}
			var body map[string]any
			if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			if answer.Code != c.kind.Status() || body["code"] != c.kind.Code() || body["detail"] != c.message || body["request_id"] != "id-1" {
				t.Errorf("the answer is %d %v, want %v", answer.Code, body, c.kind)
			}
		})
	}
}

func TestAnErrorMadeForTheCallerKeepsItsWordsAndPlace(t *testing.T) {
	made := &gqlerror.Error{
		Message:    `Cannot query field "nme" on type "User".`,
		Path:       ast.Path{ast.PathName("me")},
		Locations:  []gqlerror.Location{{Line: 1, Column: 8}},
		Extensions: map[string]any{"code": ValidationFailed.Code()},
	}
	shown := Present(made, "")
	if shown.Message != made.Message || len(shown.Locations) != 1 || shown.Path.String() != "me" {
		t.Errorf("Present = %v, want the error's own words and place", shown)
	}
	if _, ok := shown.Extensions["requestId"]; ok {
		t.Error("there is no request, so there is no id to show")
	}
}

func TestGuardTurnsAPanicIntoAProblem(t *testing.T) {
	err := Guard(func() error { panic("of all things") })
	if KindOf(err) != Internal || !strings.Contains(err.Error(), "of all things") {
		t.Errorf("Guard = %v, want an Internal problem with its cause", err)
	}
	if err := Guard(func() error { return nil }); err != nil {
		t.Errorf("Guard = %v, want nil", err)
	}
}
