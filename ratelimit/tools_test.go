package ratelimit_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
)

// called is what a call of a tool comes to, by somebody who was charged for the request already.
func (s *site) called(t *testing.T, door string, asked ratelimit.Asked, header http.Header) (*ratelimit.Account, error) {
	t.Helper()
	a := s.Open(ratelimit.Who{Principal: "7"})
	if err := ratelimit.ChargeForTest(t.Context(), a, ratelimit.Request{Door: door}); err != nil {
		t.Fatal(err)
	}
	err := a.Operation(t.Context(), header, asked, func() ratelimit.Estimate { return ratelimit.Estimate{Cost: 40, Calls: 3, Keys: 9} })
	return a, err
}

func TestAToolIsChargedByItsNameAndByWhatItMayTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{
			{Name: "requests", Limit: per(100, time.Minute)},
			{Name: "door", Limit: per(100, time.Minute), Door: ratelimit.DoorMCP},
			{Name: "refunds", Limit: per(1, time.Hour), Tools: []string{"refund", "cancel"}},
			{Name: "work", Limit: per(100, time.Minute), Counts: ratelimit.Calls, Door: ratelimit.DoorMCP, Tools: []string{"refund", "search"}},
			{Name: "export", Limit: per(1, time.Minute), Operations: []string{"Export"}},
		}}, nil)
		refund := ratelimit.Asked{Operation: "Refund", Tool: "refund"}

		header := http.Header{}
		a, err := s.called(t, ratelimit.DoorMCP, refund, header)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int64{"requests": 1, "door": 1, "refunds": 1, "work": 3, "export": 0}
		if diff := cmp.Diff(want, used(t, a)); diff != "" {
			t.Errorf("before it runs: %s", diff)
		}
		const told = `"requests";r=99, "door";r=99, "refunds";r=0;t=3600, "work";r=97`
		if got := header.Get("Ratelimit"); got != told {
			t.Errorf("the answer tells %s, want %s", got, told)
		}
		a.Actual(t.Context(), ratelimit.Estimate{Cost: 12, Calls: 2, Keys: 9})
		want["work"] = 2
		if diff := cmp.Diff(want, used(t, a)); diff != "" {
			t.Errorf("after it ran: %s", diff)
		}

		// A second refund is refused, by whichever of the tools, and costs nothing at all.
		header = http.Header{}
		_, err = s.called(t, ratelimit.DoorMCP, ratelimit.Asked{Operation: "Cancel", Tool: "cancel"}, header)
		refused, ok := errors.AsType[*problem.Error](err)
		if !ok || refused.Kind != problem.RateLimited || header.Get("Retry-After") != "3600" {
			t.Fatalf("a second one: %v, to be tried again in %q s", err, header.Get("Retry-After"))
		}
		if diff := cmp.Diff([]string{"refunds"}, refused.Policies); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want, used(t, a)); diff != "" {
			t.Errorf("after the refusal: %s", diff)
		}
	})
}

func TestALimitOfAToolIsAboutNothingElse(t *testing.T) {
	for name, c := range map[string]struct {
		door  string
		asked ratelimit.Asked
		used  int64
	}{
		"the tool":                                 {ratelimit.DoorMCP, ratelimit.Asked{Operation: "Search", Tool: "search"}, 1},
		"another tool":                             {ratelimit.DoorMCP, ratelimit.Asked{Operation: "Search", Tool: "find"}, 0},
		"an operation of its name":                 {ratelimit.DoorMCP, ratelimit.Asked{Operation: "search"}, 0},
		"an operation at another door":             {ratelimit.DoorGraphQL, ratelimit.Asked{Operation: "search"}, 0},
		"its own, asked for by a route":            {ratelimit.DoorREST, ratelimit.Asked{Operation: "Search"}, 0},
		"what says at another door that it is one": {ratelimit.DoorGraphQL, ratelimit.Asked{Operation: "Search", Tool: "search"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, ratelimit.Config{Rules: []ratelimit.Rule{
					{Name: "searches", Limit: per(5, time.Minute), Tools: []string{"search"}},
				}}, nil)
				a, err := s.called(t, c.door, c.asked, http.Header{})
				if err != nil {
					t.Fatal(err)
				}
				if got := used(t, a)["searches"]; got != c.used {
					t.Errorf("%d are counted, want %d", got, c.used)
				}
			})
		})
	}
}

func TestARuleThatIsAboutNoRequestIsAMistake(t *testing.T) {
	for name, c := range map[string]struct {
		rule ratelimit.Rule
		want []string
	}{
		"tools":                  {ratelimit.Rule{Tools: []string{"search"}}, nil},
		"tools at their door":    {ratelimit.Rule{Tools: []string{"search"}, Door: "mcp"}, nil},
		"tools that are weighed": {ratelimit.Rule{Tools: []string{"search"}, Counts: ratelimit.Keys}, nil},
		"the door of tools":      {ratelimit.Rule{Door: "mcp"}, nil},
		"operations there":       {ratelimit.Rule{Door: "mcp", Operations: []string{"Search"}}, nil},
		"an unknown door":        {ratelimit.Rule{Door: "page"}, []string{"r[0].door"}},
		"tools of GraphQL":       {ratelimit.Rule{Tools: []string{"search"}, Door: "graphql"}, []string{"r[0].tools"}},
		"tools of REST":          {ratelimit.Rule{Tools: []string{"search"}, Door: "rest"}, []string{"r[0].tools"}},
		"tools and routes":       {ratelimit.Rule{Tools: []string{"search"}, Routes: []string{"GET /a"}}, []string{"r[0].tools"}},
		"tools and versions":     {ratelimit.Rule{Tools: []string{"search"}, Versions: []string{"v1"}}, []string{"r[0].tools"}},
		"tools and operations":   {ratelimit.Rule{Tools: []string{"search"}, Operations: []string{"Search"}}, []string{"r[0].tools"}},
		"routes of tools' door":  {ratelimit.Rule{Door: "mcp", Routes: []string{"GET /a"}}, []string{"r[0].routes"}},
		"versions of GraphQL":    {ratelimit.Rule{Door: "graphql", Versions: []string{"v1"}}, []string{"r[0].routes"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.rule.Name, c.rule.Limit = "one", per(1, time.Minute)
			var got []string
			ratelimit.ValidateRules("r", []ratelimit.Rule{c.rule}, func(path, _ string) { got = append(got, path) })
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
