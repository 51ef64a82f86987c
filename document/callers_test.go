package document

import (
	"context"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/problem"
)

// callers is a door that everybody passes by limits of their own.
type callers struct {
	*door

	limits Limits
}

func newCallers(t testing.TB) *callers {
	t.Helper()
	c := &callers{}
	c.door = newDoorBy(t, func(context.Context) Limits { return c.limits })
	return c
}

func (c *callers) as(limits Limits) *callers {
	c.limits = limits
	return c
}

func TestWhatOneCallerMayAskIsRefusedToAnother(t *testing.T) {
	for i, reason := range boundNames() {
		t.Run(reason, func(t *testing.T) {
			generous, text := DefaultLimits(), `{a:me @include(if:true){id ...{id name}...f}} fragment f on User{name}`
			strict := measured(t, text)
			bound := bounds(&strict)[i]
			bound.SetInt(bound.Int() - 1)

			first := newCallers(t).as(strict).ask(t, text)
			c := newCallers(t)
			if got := c.as(generous).ask(t, text); got != `{"data":null}` {
				t.Fatal(got)
			}
			again := c.as(strict).ask(t, text)
			if diff := cmp.Diff(first, again); diff != "" || !strings.Contains(again, problem.LimitExceeded.Code()) {
				t.Errorf("it is answered %s; first and when it is remembered: %s", again, diff)
			}
			c.as(generous).ask(t, text)
			c.counts(t, map[string]float64{"hit": 1, "miss": 1, "refused": 1})
			if c.validated != 1 {
				t.Errorf("it was validated %d times", c.validated)
			}
		})
	}
}

func TestARememberedDocumentIsJudgedWithoutMemory(t *testing.T) {
	cache := NewCache(DefaultCacheConfig(), nothing)
	guard := NewGuard(DefaultLimits().ForEveryone, cache, prometheus.NewRegistry())
	text := read(t, "testdata/introspection.graphql")
	cache.Add(t.Context(), text, parse(t, text))
	params := &graphql.RawParams{Query: text}
	if got := testing.AllocsPerRun(100, func() {
		if err := guard.MutateOperationParameters(context.Background(), params); err != nil {
			t.Error(err)
		}
	}); got != 0 {
		t.Errorf("it takes %.0f allocations", got)
	}
}

// The executor's limit is one for everybody. By the general one it would refuse what a plan allows, and as a mistake of the caller.
func TestTheExecutorsOwnLimitMustHoldForTheWidestPlan(t *testing.T) {
	general, wide := DefaultLimits(), Limits{Tokens: 20_000, Bytes: 1 << 20}
	wide = wide.Over(general)
	text := headline + times(general.Tokens, "#\n")
	for _, test := range []struct {
		name     string
		executor int
		want     string
	}{
		{"the general limit", general.Tokens, problem.ParseFailed.Code()},
		{"the widest limit", Widest(general, wide).Tokens, `{"data":null}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCallers(t).as(wide)
			c.handler.SetParserTokenLimit(test.executor)
			if got := c.ask(t, text); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
