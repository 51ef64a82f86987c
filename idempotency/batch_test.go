package idempotency_test

import (
	"net/http"
	"testing"

	"github.com/concierge-gateway/concierge/idempotency"
)

func TestOperationsThatCameTogetherHaveKeysOfTheirOwn(t *testing.T) {
	seen := make(map[string]bool)
	for _, key := range []string{uuid, "a", "b", "0"} {
		for place := range 10 {
			name := idempotency.Nth(key, place)
			if seen[name] {
				t.Errorf("two operations have the key %s", name)
			}
			seen[name] = true
			if again := idempotency.Nth(key, place); again != name {
				t.Errorf("repeated, %s is %s", name, again)
			}
			if read, err := idempotency.Key(request(http.MethodPost, name)); err != nil || read != name {
				t.Errorf("%s is read as %q, %v", name, read, err)
			}
		}
	}
}
