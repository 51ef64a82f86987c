package rest

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/idempotency"
)

// written makes a read between two writes, and returns the keys of all three.
func written(ctx context.Context, t *testing.T) []string {
	t.Helper()
	var sent []string
	s := &service{answer: func(req *http.Request) (int, string, error) {
		sent = append(sent, req.Header.Get("Idempotency-Key"))
		if req.Method == http.MethodGet {
			return all(req)
		}
		return http.StatusOK, `{"id":1,"name":"thing 1"}`, nil
	}}
	client := s.client(nil)
	place := Call{Method: http.MethodPost, Path: "/things", Body: map[string]string{"name": "thing 1"}}
	_, before := Write[thing](ctx, client, place)
	_, between := get(ctx, client, ids(1))
	_, after := Write[thing](ctx, client, place)
	for _, err := range []error{before, between, after} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return sent
}

func TestEveryWriteOfAnOperationWithAKeyHasItsOwn(t *testing.T) {
	operation := func() context.Context { return idempotency.With(t.Context(), "k", "7") }
	keys := written(operation(), t)
	if keys[0] == "" || keys[1] != "" || keys[2] == "" || keys[0] == keys[2] {
		t.Errorf("got the keys %q, want two that differ and none for the read", keys)
	}
	if diff := cmp.Diff(keys, written(operation(), t)); diff != "" {
		t.Errorf("a repetition has other keys:\n%s", diff)
	}
}

func TestWithoutAKeyNoWriteHasOne(t *testing.T) {
	if diff := cmp.Diff([]string{"", "", ""}, written(t.Context(), t)); diff != "" {
		t.Error(diff)
	}
}
