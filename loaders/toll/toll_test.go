package toll_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/loaders/toll"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/memory"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// ledger is a store that notes what it was asked.
type ledger struct {
	*memory.Store

	asked []string
}

func (l *ledger) Reserve(ctx context.Context, within time.Duration, reservations ...*charge.Reservation) error {
	err := l.Store.Reserve(ctx, within, reservations...)
	parts := make([]string, len(reservations))
	for i, r := range reservations {
		parts[i] = fmt.Sprintf("%s %d of %d", strings.Split(r.Charges[0].Key, "/")[1], r.Granted, r.Want)
	}
	l.asked = append(l.asked, strings.Join(parts, ", "))
	return err
}

// open is an account of a limiter of two fields, a and b.
func open(t interface{ Fatal(args ...any) }, a, b int) (account *ratelimit.Account, ofA, ofB *ratelimit.Field, l *ledger) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: "type Query { a: String b: String }"})
	if err != nil {
		t.Fatal(err)
	}
	limit := func(n int) []ratelimit.Limit {
		return []ratelimit.Limit{{By: ratelimit.ByAll, Limit: n, Per: ratelimit.Period{Length: time.Hour}}}
	}
	fields, err := ratelimit.ReadFields(schema, map[string][]ratelimit.Limit{"Query.a": limit(a), "Query.b": limit(b)},
		func(*ast.Definition, *ast.FieldDefinition) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	l = &ledger{Store: memory.New(memory.DefaultConfig(), nil)}
	limiter := ratelimit.New(ratelimit.Config{Mode: ratelimit.Enforce}, ratelimit.Parts{
		Store: l, Fields: fields, Within: time.Second, Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler),
	})
	return limiter.Open(ratelimit.Who{}), fields.Of("Query", "a"), fields.Of("Query", "b"), l
}

// granted are the ids of a field's units that were granted.
func granted(of *toll.Tolls, field *ratelimit.Field, ids ...record.ID) (granted []record.ID) {
	for _, id := range ids {
		if of.Refused(toll.Unit{Field: field, ID: id}) == nil {
			granted = append(granted, id)
		}
	}
	return granted
}

func TestTheSmallestKeysAreGrantedByOneQuestion(t *testing.T) {
	account, a, b, l := open(t, 2, 1)
	var tolls toll.Tolls
	tolls.Open(account)
	for _, id := range []record.ID{9, 3, 5, 3, 9} {
		tolls.Ask(toll.Unit{Field: a, ID: id})
	}
	tolls.Ask(toll.Unit{Field: b, ID: 9})
	tolls.Pay(t.Context())
	if got := granted(&tolls, a, 3, 5, 9); !slices.Equal(got, []record.ID{3, 5}) {
		t.Errorf("of a, %v are granted, want 3 and 5", got)
	}
	if got := granted(&tolls, b, 9); len(got) != 1 {
		t.Error("of b, 9 is refused")
	}
	var refused *problem.Error
	if err := tolls.Refused(toll.Unit{Field: a, ID: 9}); !errors.As(err, &refused) || refused.Kind != problem.RateLimited || refused.RetryAfter <= 0 {
		t.Errorf("the error is %v, want one that says when to come back", err)
	}
	if diff := cmp.Diff([]string{"Query.a 2 of 3, Query.b 1 of 1"}, l.asked); diff != "" {
		t.Errorf("the questions (-want +got):\n%s", diff)
	}
}

func TestWhatWasDecidedOnceIsNotAskedAgain(t *testing.T) {
	account, a, _, l := open(t, 2, 1)
	var tolls toll.Tolls
	tolls.Open(account)
	for _, ids := range [][]record.ID{{5, 6, 7}, {7, 5}, {1, 6}, {}} {
		for _, id := range ids {
			tolls.Ask(toll.Unit{Field: a, ID: id})
		}
		tolls.Pay(t.Context())
	}
	if got := granted(&tolls, a, 1, 5, 6, 7); !slices.Equal(got, []record.ID{5, 6}) {
		t.Errorf("%v are granted, want 5 and 6, which came first", got)
	}
	if diff := cmp.Diff([]string{"Query.a 2 of 3", "Query.a 0 of 1"}, l.asked); diff != "" {
		t.Errorf("the questions (-want +got):\n%s", diff)
	}
}

func TestPartsOfListsAreKeysOfTheirOwn(t *testing.T) {
	account, a, _, l := open(t, 9, 9)
	var tolls toll.Tolls
	tolls.Open(account)
	for _, part := range []record.Part{{Limit: 5}, {Limit: 6}, {Limit: 5, Offset: 5}, {Limit: 5, Of: 7}, {Limit: 5, Named: "x"}, {Limit: 5}} {
		tolls.Ask(toll.Unit{Field: a, Part: part})
	}
	tolls.Pay(t.Context())
	if diff := cmp.Diff([]string{"Query.a 5 of 5"}, l.asked); diff != "" {
		t.Errorf("the questions (-want +got):\n%s", diff)
	}
}

func TestNothingOfARequestIsKnownToTheNext(t *testing.T) {
	account, a, _, _ := open(t, 1, 1)
	var tolls toll.Tolls
	tolls.Open(account)
	tolls.Ask(toll.Unit{Field: a, ID: 1})
	tolls.Ask(toll.Unit{Field: a, ID: 2})
	tolls.Pay(t.Context())
	tolls.Ask(toll.Unit{Field: a, ID: 3})
	tolls.Open(nil)
	if tolls.Asked(toll.Unit{Field: a, ID: 1}) || tolls.Refused(toll.Unit{Field: a, ID: 2}) != nil {
		t.Error("something is known before anybody asked")
	}
	tolls.Ask(toll.Unit{Field: a, ID: 2})
	tolls.Pay(t.Context())
	if tolls.Refused(toll.Unit{Field: a, ID: 2}) != nil {
		t.Error("without an account something is refused")
	}
}

func TestWhatCannotBeDecidedIsRefused(t *testing.T) {
	account, a, _, l := open(t, 9, 9)
	var tolls toll.Tolls
	tolls.Open(account)
	tolls.Ask(toll.Unit{Field: a, ID: 1})
	broken := errors.New("broken")
	tolls.Fail(broken)
	tolls.Pay(t.Context())
	if err := tolls.Refused(toll.Unit{Field: a, ID: 1}); !errors.Is(err, broken) || len(l.asked) > 0 {
		t.Errorf("the error is %v after the questions %v", err, l.asked)
	}
}

// TestTheOrderOfAskingDoesNotMatter asks for the same in another order.
func TestTheOrderOfAskingDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfN(rapid.Int64Range(1, 20), 1, 30).Draw(t, "ids")
		limit := rapid.IntRange(1, 20).Draw(t, "limit")
		var outcomes [2]map[record.ID]bool
		for i := range outcomes {
			account, a, _, _ := open(t, limit, 1)
			var tolls toll.Tolls
			tolls.Open(account)
			for _, id := range ids {
				tolls.Ask(toll.Unit{Field: a, ID: record.ID(id)})
			}
			tolls.Pay(context.Background())
			outcomes[i] = make(map[record.ID]bool)
			for _, id := range ids {
				outcomes[i][record.ID(id)] = tolls.Refused(toll.Unit{Field: a, ID: record.ID(id)}) == nil
			}
			rand.New(rand.NewPCG(1, 2)).Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		}
		if diff := cmp.Diff(outcomes[0], outcomes[1]); diff != "" {
			t.Fatalf("(-first +shuffled):\n%s", diff)
		}
		granted := 0
		for _, is := range outcomes[0] {
			if is {
				granted++
			}
		}
		if want := min(limit, len(outcomes[0])); granted != want {
			t.Fatalf("%d are granted, want %d", granted, want)
		}
	})
}
