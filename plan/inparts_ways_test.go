package plan_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/incremental"
	"github.com/concierge-gateway/concierge/plan"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

func TestPayloadsAreSpeltAsEachFormatHasIt(t *testing.T) {
	s := open(t)
	const query = `{ order(id: 71) { id ...P @defer(label: "pay") items { quantity ... @defer { product { name } quantity } } } }
		fragment P on Order { id payment { status ... @defer(label: "card") { cardLast4 } } }`
	for name, c := range map[string]struct {
		format incremental.Format
		first  string
		rest   []string
	}{
		"current": {
			incremental.Current,
			`{"data":{"order":{"id":"71","items":[{"quantity":1},{"quantity":2}]}},"pending":[{"id":"0","path":["order"],"label":"pay"},` +
				`{"id":"1","path":["order","items",0]},{"id":"2","path":["order","items",1]}],"hasNext":true}`,
			[]string{
				`"pending":[{"id":"3","path":["order","payment"],"label":"card"}],"incremental":[{"id":"0","data":{"payment":{"status":"CAPTURED"}}},` +
					`{"id":"3","data":{"cardLast4":"4242"}}],"completed":[{"id":"0"},{"id":"3"}]`,
				`"incremental":[{"id":"1","data":{"product":{"name":"Pen"}}},{"id":"2","data":{"product":{"name":"Pad"}}}],` +
					`"completed":[{"id":"1"},{"id":"2"}]`,
			},
		},
		"of 2022": {
			incremental.Of2022,
			`{"data":{"order":{"id":"71","items":[{"quantity":1},{"quantity":2}]}},"hasNext":true}`,
			[]string{
				`"incremental":[{"path":["order"],"label":"pay","data":{"id":"71","payment":{"status":"CAPTURED"}}},` +
					`{"path":["order","payment"],"label":"card","data":{"cardLast4":"4242"}}]`,
				`"incremental":[{"path":["order","items",0],"data":{"quantity":1,"product":{"name":"Pen"}}},` +
					`{"path":["order","items",1],"data":{"quantity":2,"product":{"name":"Pad"}}}]`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			payloads, _ := s.inParts(t, c.format, support, query)
			if len(payloads) < 2 || payloads[0] != c.first {
				t.Fatalf("the payloads are\n%s", strings.Join(payloads, "\n"))
			}
			later := strings.Join(payloads[1:], "\n")
			for _, each := range c.rest {
				if !strings.Contains(later, each) {
					t.Errorf("%s\nis missing in\n%s", each, later)
				}
			}
		})
	}
}

func TestNothingIsInPartsThatNothingIsDeferredOf(t *testing.T) {
	s := open(t)
	for name, query := range map[string]string{
		"no directive":                 `{ order(id: 71) { id } }`,
		"it is off":                    `{ order(id: 71) { id ... @defer(if: false) { payment { status } } } }`,
		"all of it stands outside too": `{ order(id: 71) { id ... @defer { id } } }`,
		"it lies within its record":    `{ order(id: 71) { shippingAddress { city ... @defer { street } } total { ... @defer { amount } } } }`,
		"another type":                 `{ order(id: 71) { id ... @skip(if: true) @defer { status } } }`,
	} {
		if payloads, _ := s.inParts(t, incremental.Current, support, query); payloads != nil {
			t.Errorf("%s: %s comes as %s", name, query, payloads)
		}
	}
}

// TestASlowServiceHoldsBackNothingThatDoesNotNeedIt has the payment service take an hour, of a clock that is not the wall's.
func TestASlowServiceHoldsBackNothingThatDoesNotNeedIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		s.before = func(r *http.Request) error {
			if r.URL.Path == "/payments" {
				time.Sleep(time.Hour)
			}
			return nil
		}
		start := time.Now()
		answer, end := s.begun(t, support, `{ orders { nodes { id
			... @defer(label: "slow") { payment { status order { user { name } } } }
			... @defer(label: "fast") { user { name } } } } }`)
		var came []string
		for p := answer.Next(); p != nil; p = answer.Next() {
			labels := []string{time.Since(start).String()}
			for _, each := range p.Incremental {
				labels = append(labels, each.Label)
			}
			came = append(came, strings.Join(slices.Compact(labels), " "))
		}
		end()
		if diff := cmp.Diff([]string{"0s", "0s fast", "1h0m0s slow"}, came); diff != "" {
			t.Errorf("what came, and when (-want +got):\n%s", diff)
		}
		want := []string{"/orders?limit=20&offset=0", "/payments?order_ids=71,72,81,90", "/users?ids=0,7,8"}
		if diff := cmp.Diff(want, s.made()); diff != "" {
			t.Errorf("a level of a part makes one call to a service (-want +got):\n%s", diff)
		}
	})
}

// begun is an answer that has begun, and what ends it.
func (s *site) begun(t *testing.T, who auth.Principal, query string) (answer interface{ Next() *incremental.Payload }, end func()) {
	t.Helper()
	operation := s.operation(t, query, nil)
	ctx, _ := s.begin(t.Context(), who)
	ctx, cancel := context.WithCancel(graphql.WithOperationContext(ctx, operation))
	begun := s.planner.RunInParts(ctx, s.planner.CompileInParts(operation), incremental.Current, fresh)
	return begun, func() {
		cancel()
		begun.Close()
	}
}

// TestWhoLeavesKeepsNothingRunning goes after the first payload. The bubble ends only when all goroutines have.
func TestWhoLeavesKeepsNothingRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		ended := false
		s.before = func(r *http.Request) error {
			if r.URL.Path != "/payments" {
				return nil
			}
			<-r.Context().Done()
			ended = true
			return r.Context().Err()
		}
		answer, end := s.begun(t, support, `{ orders { nodes { id ... @defer { payment { status } } } } }`)
		if first := answer.Next(); !first.More {
			t.Fatalf("it ends with %s", first.Data)
		}
		end()
		if !ended {
			t.Error("the call went on")
		}
	})
}

func TestAFailureStandsInThePartThatHasIt(t *testing.T) {
	s := open(t)
	s.before = func(r *http.Request) error {
		if r.URL.Path == "/payments" {
			return http.ErrServerClosed
		}
		return nil
	}
	payloads, _ := s.inParts(t, incremental.Current, support, `{ orders(first: 2) { nodes { id ... @defer { payment { status } } } } }`)
	for i, want := range []string{
		`{"data":{"orders":{"nodes":[{"id":"71"},{"id":"72"}]}},"pending":`,
		`"path":["orders","nodes",1,"payment"],"locations":[{"line":1,"column":46}],"extensions":{"code":"UPSTREAM_UNAVAILABLE"}}],"data":{"payment":null}}],"completed":[{"id":"0"},{"id":"1"}]`,
	} {
		if len(payloads) != 2 || !strings.Contains(payloads[i], want) {
			t.Errorf("the payloads are\n%s\nwant %s", strings.Join(payloads, "\n"), want)
		}
	}
}

func TestAPanicBeforeAnythingWasSentIsTheAnswersError(t *testing.T) {
	with := usual()
	with.caller = func(context.Context) (record.ID, error) { panic("oh") }
	s := build(t, with)
	payloads, _ := s.inParts(t, incremental.Current, customer, `{ me { id } order(id: 71) { ... @defer { status } } }`)
	want := `{"errors":[{"message":"something went wrong inside the gateway","extensions":{"code":"INTERNAL"}}],"data":null,"hasNext":false}`
	if len(payloads) != 1 || payloads[0] != want {
		t.Errorf("the payloads are\n%s", strings.Join(payloads, "\n"))
	}
}

func TestAPanicEndsAllThatIsPending(t *testing.T) {
	const broken = `"errors":[{"message":"something went wrong inside the gateway","path":["order"],"extensions":{"code":"INTERNAL"}}]`
	for format, want := range map[incremental.Format]string{
		incremental.Current: `{"completed":[{"id":"0",` + broken + `}],"hasNext":false}`,
		incremental.Of2022:  `{"incremental":[{"path":["order"],"label":"p",` + broken + `,"data":null}],"hasNext":false}`,
	} {
		s := open(t)
		s.before = func(r *http.Request) error {
			if r.URL.Path == "/payments" {
				return http.ErrServerClosed
			}
			return nil
		}
		operation := s.operation(t, `{ order(id: 71) { id ... @defer(label: "p") { payment { status } } } }`, nil)
		ctx, _ := s.begin(t.Context(), support)
		ctx, cancel := context.WithCancel(graphql.WithOperationContext(ctx, operation))
		panics := true
		answer := s.planner.RunInParts(ctx, s.planner.CompileInParts(operation), format, func(ctx context.Context) context.Context {
			return graphql.WithResponseContext(ctx, func(ctx context.Context, err error) *gqlerror.Error {
				if panics {
					panics = false
					panic("oh")
				}
				return present(ctx, err)
			}, recovered)
		})
		answer.Next()
		last := answer.Next()
		if got := string(format.Encode(last)); got != want || answer.Next() != nil {
			t.Errorf("the last payload is\n%s\nwant\n%s", got, want)
		}
		cancel()
		answer.Close()
	}
}

func TestALimitedFieldIsChargedOnceForAllParts(t *testing.T) {
	s := build(t, limited(map[string]int{"User.email": 1, "Order.payment": 3}))
	const query = `{ orders { nodes { user { email } ... @defer { user { email name } payment { status } ... @defer { payment { id } } } } } }`
	_, errs, _ := s.whole(t, support, query)
	s.ledger.questions()
	payloads, _ := s.inParts(t, incremental.Of2022, support, query)
	m := merge(t, incremental.Of2022, payloads)
	if diff := cmp.Diff(errs, m.errors); diff != "" || len(errs) != 2 {
		t.Errorf("errors (-whole +parts):\n%s\n%s", diff, strings.Join(payloads, "\n"))
	}
	asked := s.ledger.questions()
	slices.Sort(asked)
	if diff := cmp.Diff([]string{"Order.payment 3 of 4", "User.email 1 of 2"}, asked); diff != "" {
		t.Errorf("the counters were asked (-want +got):\n%s", diff)
	}
}

// TestFewerFragmentsAreDeferredWhereTheyHaveManyPlaces bounds how many are announced: what would be too many comes with what it stands
// in.
func TestFewerFragmentsAreDeferredWhereTheyHaveManyPlaces(t *testing.T) {
	s := open(t)
	const query = `{ ... @defer(label: "page") { orders { nodes { id ... @defer(label: "pay") { payment { status ... @defer { id } } } } } } }`
	data, errs, _ := s.whole(t, support, query)
	for most, want := range map[int]int{0: 0, 1: 1, 4: 1, 5: 5, plan.MostPlaces: 9} {
		for _, format := range []incremental.Format{incremental.Current, incremental.Of2022} {
			payloads, _ := s.inPartsUpTo(t, most, format, support, query)
			m := merge(t, format, payloads)
			if len(m.wrong) > 0 || format == incremental.Current && m.announced != want || (len(payloads) == 1) != (most == 0) {
				t.Errorf("of %d places %d are announced: %v\n%s", most, m.announced, m.wrong, strings.Join(payloads, "\n"))
			}
			if diff := cmp.Diff(data, m.data) + cmp.Diff(errs, m.errors); diff != "" {
				t.Errorf("with %d places (-whole +parts):\n%s", most, diff)
			}
		}
	}
}

// TestLargePartsComeOneByOne defers all of a list many times, which only the format of 2022 sends as often.
func TestLargePartsComeOneByOne(t *testing.T) {
	s := open(t)
	var aliases strings.Builder
	for i := range 100 {
		fmt.Fprintf(&aliases, "s%d: status ", i)
	}
	query := strings.Repeat("... @defer { orders { nodes { ...F } } } ", 40)
	payloads, _ := s.inParts(t, incremental.Of2022, support, "{ "+query+"} fragment F on Order { "+aliases.String()+"}")
	total, most := 0, 0
	for _, each := range payloads {
		total, most = total+len(each), max(most, len(each))
	}
	if most > 128<<10 || total < 2*most {
		t.Errorf("of %d bytes, one payload has %d", total, most)
	}
}
