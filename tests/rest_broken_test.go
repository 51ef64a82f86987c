package tests

import (
	"net/http"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// A route that reads answers holds back what is short. So what breaks off, or is no JSON, is asked for elsewhere, as for GraphQL.
func TestAnAnswerThatCannotBeReadIsAskedForElsewhere(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	for name, fault := range map[string]demo.Fault{
		"half an answer":           {Truncate: true},
		"a page in place of JSON":  {Status: http.StatusOK, Body: "<html>what is this</html>"},
		"nothing in place of JSON": {Status: http.StatusOK, Body: "  "},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, withREST(nil, demoSection()))
			fault.Endpoints = []int{0}
			p.services.SetFault(demo.Order, fault)
			ask := func(path string) reply {
				req := request(t, http.MethodGet, p.public+path)
				req.Header.Set("Authorization", "Bearer "+p.token(t, "support"))
				return send(t, req)
			}
			for range 6 {
				for _, path := range []string{"/v2/orders/7", "/v2/orders?ids=7,8"} {
					if got := ask(path); got.status != http.StatusOK {
						t.Fatalf("%s is answered by %d: %s", path, got.status, got.body)
					}
				}
			}
			if p.sum(t, `concierge_upstream_retries_total{`) == 0 {
				t.Error("the endpoint that fails was never asked")
			}
			fault.Endpoints = nil
			p.services.SetFault(demo.Order, fault)
			if got := ask("/v2/orders/9"); got.status != http.StatusBadGateway || !strings.Contains(string(got.body), `"UPSTREAM_ERROR"`) {
				t.Errorf("where no endpoint is well, the answer is %d: %s", got.status, got.body)
			}
		})
	}
}
