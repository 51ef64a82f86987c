package idempotency_test

import (
	"context"
	"net/http"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/idempotency"
)

// keys are those of an operation that places an order and pays two.
func keys(ctx context.Context) []string {
	return []string{
		idempotency.Next(ctx, http.MethodPost, "/orders"),
		idempotency.Next(ctx, http.MethodPost, "/payments"),
		idempotency.Next(ctx, http.MethodPost, "/payments"),
	}
}

func TestAnOperationThatIsRepeatedHasTheSameKeys(t *testing.T) {
	first := keys(idempotency.With(t.Context(), "k", "7"))
	again := keys(idempotency.With(t.Context(), "k", "7"))
	if diff := cmp.Diff(first, again); diff != "" {
		t.Error(diff)
	}
	form := regexp.MustCompile(`^"[A-Za-z0-9_-]{43}"$`)
	for _, key := range first {
		if !form.MatchString(key) {
			t.Errorf("got the key %s, want 43 characters in quotes", key)
		}
	}
}

// Services remember keys for days, so a new version of the gateway comes to those of the old one.
func TestAKeyStaysTheSameFromVersionToVersion(t *testing.T) {
	ctx := idempotency.With(t.Context(), "8e03978e-40d5-43dd-bc93-6894a57f9324", "7")
	const want = `"WeEubhXtq3rvr9U-ntpFEGH1ed6tpjnYdc9tZ1Ey6r8"`
	if got := idempotency.Next(ctx, http.MethodPost, "/orders"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWhateverDiffersMakesAnotherKey(t *testing.T) {
	type write struct{ key, subject, method, path string }
	seen := make(map[string]write)
	for _, w := range []write{
		{"k", "7", "POST", "/orders"},
		{"K", "7", "POST", "/orders"},
		{"k", "8", "POST", "/orders"},
		{"k", "", "POST", "/orders"},
		{"k7", "", "POST", "/orders"},
		{"", "k7", "POST", "/orders"},
		{"k", "7", "PATCH", "/orders"},
		{"k", "7", "POST", "/orders/1"},
		{"k", "7POST", "", "/orders"},
		{"k", "7", "POST/", "orders"},
		{"k", "7", "POST/orders", ""},
	} {
		ctx := idempotency.With(t.Context(), w.key, w.subject)
		for range 2 {
			key := idempotency.Next(ctx, w.method, w.path)
			if other, taken := seen[key]; taken {
				t.Errorf("%v and %v have the same key", w, other)
			}
			seen[key] = w
		}
	}
}

func TestReadsHaveNoKeyAndDoNotCount(t *testing.T) {
	without := idempotency.With(t.Context(), "k", "7")
	want := idempotency.Next(without, http.MethodPatch, "/orders/1")
	ctx := idempotency.With(t.Context(), "k", "7")
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace} {
		if got := idempotency.Next(ctx, method, "/orders/1"); got != "" {
			t.Errorf("%s has the key %s", method, got)
		}
	}
	if got := idempotency.Next(ctx, http.MethodPatch, "/orders/1"); got != want {
		t.Errorf("after reads a write has the key %s, want %s", got, want)
	}
}

func TestWithoutAClientsKeyAWriteHasNone(t *testing.T) {
	if got := idempotency.Next(t.Context(), http.MethodPost, "/orders"); got != "" {
		t.Errorf("got %s", got)
	}
}

func BenchmarkNext(b *testing.B) {
	for name, ctx := range map[string]context.Context{
		"with a key": idempotency.With(b.Context(), "8e03978e-40d5-43dd-bc93-6894a57f9324", "7"),
		"without":    b.Context(),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				idempotency.Next(ctx, http.MethodPost, "/orders")
			}
		})
	}
}
