package document

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestAnAttackIsRefusedBeforeValidation(t *testing.T) {
	for _, attack := range attacks() {
		t.Run(attack.name, func(t *testing.T) {
			d := newDoor(t, DefaultLimits())
			answer := d.ask(t, attack.text)
			if len(answer) > 1000 || d.validated != 0 || d.cache.entries() != 0 {
				t.Errorf("it is answered %d bytes, validated %d times, and %d are remembered", len(answer), d.validated, d.cache.entries())
			}
			d.counts(t, map[string]float64{"hit": 0, "miss": 0, "refused": 1})
			if got := testutil.ToFloat64(d.guard.metrics.reasons.WithLabelValues(attack.reason)); got != 1 {
				t.Errorf("it is not refused by %s: %s", attack.reason, answer)
			}
		})
	}
}

// edges are, for each bound, documents that grow until they reach it and no other.
func edges() map[string]func(n int) string {
	return map[string]func(n int) string{
		"bytes":       func(n int) string { return "{me{id}}#" + times(n, "a") },
		"tokens":      func(n int) string { return "{me{id}}" + times(n, "#\n") },
		"fields":      func(n int) string { return "{me{" + numbered(n, "f%d ") + "}}" },
		"depth":       func(n int) string { return nested(n, "{me", "", "}") },
		"aliases":     func(n int) string { return "{me{" + numbered(n, "a%d:id ") + "}}" },
		"root_fields": func(n int) string { return "{" + times(n, "me{id} ") + "}" },
		"fragments": func(n int) string {
			return "{me{" + numbered(n, "...f%d ") + "}}" + numbered(n, "fragment f%d on User{id}")
		},
		"directives": func(n int) string { return "{me{" + times(n, "id@include(if:true) ") + "}}" },
		"deferred":   func(n int) string { return "{me{" + times(n, "...@defer{id} ") + "}}" },
		"nodes": func(n int) string {
			return "mutation a{...f}mutation b{...f}fragment f on Mutation{placeOrder(input:{items:[" + times(n, "{}") + "]}){order{id}}}"
		},
		"comparisons": func(n int) string { return "{me{" + times(n, "id ") + "}}" },
	}
}

func TestWhatReachesABoundIsAdmittedAndWhatPassesItIsRefused(t *testing.T) {
	limits, shapes := DefaultLimits(), edges()
	for _, reason := range boundNames() {
		t.Run(reason, func(t *testing.T) {
			n := most(limits, shapes[reason])
			if n < 1 {
				t.Fatal("the least of them is refused")
			}
			if r := limits.checkText(shapes[reason](n + 1)); r == nil || r.reason != reason {
				t.Errorf("one more is refused by %+v", r)
			}
		})
	}
}

func TestAListOfOperationsIsNone(t *testing.T) {
	d := newDoor(t, DefaultLimits())
	for name, body := range batches() {
		t.Run(name, func(t *testing.T) {
			if answer := d.post(body); !strings.Contains(answer, `"errors"`) || d.validated != 0 || d.cache.entries() != 0 {
				t.Errorf("it is answered %.200s, validated %d times, and %d are remembered", answer, d.validated, d.cache.entries())
			}
		})
	}
}

// batches are bodies with several operations, which no door takes apart.
func batches() map[string][]byte {
	return map[string][]byte{
		"two":         []byte(`[{"query":"{me{id}}"},{"query":"{me{name}}"}]`),
		"thousands":   []byte("[" + times(10_000, `{"query":"{me{id}}"},`) + `{"query":"{me{id}}"}]`),
		"attacks":     []byte("[" + times(20, `{"query":"{`+times(4000, "__typename ")+`}"},`) + `{"query":"{me{id}}"}]`),
		"lists":       []byte(nested(9000, "[", `{"query":"{me{id}}"}`, "]")),
		"as a query":  []byte(`{"query":[` + times(1000, `"{me{id}}",`) + `"{me{id}}"]}`),
		"an end less": []byte(times(60_000, "[")),
	}
}
