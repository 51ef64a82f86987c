package tests

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The media types of answers.
const (
	plainJSON   = "application/json"
	graphqlJSON = "application/graphql-response+json"
	problemJSON = "application/problem+json"
)

// refusal is what an answer says of what was wrong, in whichever form it came.
type refusal struct {
	Status  int
	Form    string // the media type
	Code    string
	Message string
	Data    string // beside the errors of a GraphQL answer, empty where there is none
}

// refused reads the one refusal of an answer, and checks that it names the request.
func refused(t *testing.T, r reply) refusal {
	t.Helper()
	form, _, _ := strings.Cut(r.header.Get("Content-Type"), ";")
	if form == problemJSON {
		return refusedAsProblem(t, r)
	}
	var answer struct {
		Data   json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct{ Code, RequestID string }
		}
	}
	if err := json.Unmarshal(r.body, &answer); err != nil || len(answer.Errors) != 1 {
		t.Fatalf("this answer does not hold one error: %v\n%s", err, r.body)
	}
	first := answer.Errors[0]
	if want := r.header.Get("X-Request-ID"); want == "" || first.Extensions.RequestID != want {
		t.Errorf("the error has requestId %q, the header %q", first.Extensions.RequestID, want)
	}
	return refusal{r.status, form, first.Extensions.Code, first.Message, string(answer.Data)}
}

func refusedAsProblem(t *testing.T, r reply) refusal {
	t.Helper()
	var problem struct {
		Title     string `json:"title"`
		Status    int    `json:"status"`
		Detail    string `json:"detail"`
		Code      string `json:"code"`
		RequestID string `json:"request_id"`
	}
	if err := json.Unmarshal(r.body, &problem); err != nil {
		t.Fatalf("this problem is not JSON: %v\n%s", err, r.body)
	}
	if want := r.header.Get("X-Request-ID"); want == "" || problem.RequestID != want {
		t.Errorf("the problem has request_id %q, the header %q", problem.RequestID, want)
	}
	if problem.Status != r.status || problem.Title != http.StatusText(r.status) {
		t.Errorf("the problem says %d %s, the answer has status %d", problem.Status, problem.Title, r.status)
	}
	return refusal{r.status, problemJSON, problem.Code, problem.Detail, ""}
}

// check compares with an answer; a wanted refusal without a message says nothing of it.
func (want refusal) check(t *testing.T, r reply) {
	t.Helper()
	got := refused(t, r)
	ignored := cmp.Options{}
	if want.Message == "" {
		ignored = append(ignored, cmpopts.IgnoreFields(refusal{}, "Message"))
	}
	if diff := cmp.Diff(want, got, ignored); diff != "" {
		t.Errorf("the refusal (-want +got):\n%s", diff)
	}
}

// saysNothingOf checks that none of these words stands in a text.
func saysNothingOf(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if strings.Contains(text, word) {
			t.Errorf("%q should not stand in:\n%s", word, text)
		}
	}
}

// inside are words by which the program's inside would give itself away.
func (p *program) inside() []string {
	words := []string{
		"json:", "strconv", "map[", "slice", "struct", "interface", "float64", "int32", "int64", "json.Number", "record.ID",
		"gqlerror", "goroutine", "panic", "runtime", ".go:", "concierge/", "127.0.0.1", "localhost", "dial tcp", "http://",
	}
	for _, urls := range [][]string{
		p.config.Upstreams.User.Transport.URLs, p.config.Upstreams.Order.Transport.URLs,
		p.config.Upstreams.Product.Transport.URLs, p.config.Upstreams.Payment.Transport.URLs,
	} {
		words = append(words, urls...)
	}
	return words
}

// answers checks that the gateway is in its right mind.
func (p *program) answers(t *testing.T) {
	t.Helper()
	r := p.run(t, operation{query: `{ me { id } }`})
	if got, want := string(r.body), `{"data":{"me":{"id":"7"}}}`; r.status != http.StatusOK || got != want {
		t.Errorf("a normal query is answered with %d %s, want %s", r.status, got, want)
	}
}
