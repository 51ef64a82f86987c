package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demand"
)

// spentOn is what an answer says that its operation took, nil where it says nothing.
func spentOn(t *testing.T, answer []byte) *demand.Report {
	t.Helper()
	var told struct {
		Extensions struct{ Cost *demand.Report }
	}
	if err := json.Unmarshal(answer, &told); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
	return told.Extensions.Cost
}

// weighing is a request that asks for what its operation takes.
func (p *program) weighing(t *testing.T, op operation) *http.Request {
	t.Helper()
	req := p.request(t, op)
	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}
	body = append(bytes.TrimSuffix(body, []byte("}")), `,"extensions":{"cost":true}}`...)
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return req
}

func TestWhoAsksIsToldWhatAnOperationTakes(t *testing.T) {
	p := start(t, standard)
	const page = `query($n: Int) { orders(first: $n) { nodes { user { name } items { product { name } } } } }`
	for _, c := range []struct {
		op   operation
		want demand.Report
	}{
		{operation{query: `{ __typename }`}, demand.Report{Estimated: 1, Actual: 1}},
		{
			operation{query: `{ product(id: 12) { name price { amount } } none: product(id: 99999) { name } }`},
			demand.Report{Estimated: 5, Actual: 4, Calls: demand.Pair{Estimated: 1, Actual: 1}, Keys: demand.Pair{Estimated: 2, Actual: 2}},
		},
		{
			operation{as: "support", query: page, variables: json.RawMessage(`{"n": 2}`)},
			demand.Report{
				Estimated: 2 + 2*(1+2+1+50*3), Actual: 2 + 2*(1+2+1) + 6*3,
				Calls: demand.Pair{Estimated: 3, Actual: 3}, Keys: demand.Pair{Estimated: 1 + 2 + 100, Actual: 1 + 2 + 6},
			},
		},
		{
			operation{query: `mutation { updateProfile(input: {name: "Yuki"}) { user { name } userErrors { code } } }`},
			demand.Report{Estimated: 15, Actual: 15, Calls: demand.Pair{Estimated: 1, Actual: 1}, Keys: demand.Pair{Estimated: 1, Actual: 1}},
		},
	} {
		got := spentOn(t, send(t, p.weighing(t, c.op)).body)
		if got == nil {
			t.Errorf("%s: nothing is told", c.op.query)
		} else if diff := cmp.Diff(c.want, *got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.op.query, diff)
		}
		if got := spentOn(t, p.run(t, c.op).body); got != nil {
			t.Errorf("nobody asked, and %+v is told", got)
		}
	}
}

func TestTheModeDecidesWhatBecomesOfACostlyOperation(t *testing.T) {
	op := operation{as: "support", query: `{ orders(first: 20) { nodes { user { name } } } }`}
	for mode, want := range map[string]struct {
		runs, told bool
		counted    float64
	}{"off": {true, false, 0}, "measure": {true, true, 1}, "enforce": {false, true, 1}} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p := start(t, with(standard, "graphql", fmt.Sprintf("demand: {mode: %s, cost: 61}", mode))) // it is 62
			answered := send(t, p.weighing(t, op))
			if runs := bytes.Contains(answered.body, []byte(`"data"`)); runs != want.runs {
				t.Errorf("it is answered with %.200s", answered.body)
			}
			if !want.runs && !bytes.Contains(answered.body, []byte("OPERATION_TOO_COSTLY")) {
				t.Errorf("it is answered with %s", answered.body)
			}
			told := spentOn(t, answered.body)
			if (told != nil) != want.told || told != nil && (told.Estimated != 62 || (told.Calls.Actual > 0) != want.runs) {
				t.Errorf("it is told to take %+v", told)
			}
			metric := fmt.Sprintf(`concierge_operations_too_costly_total{measure="cost",mode=%q}`, mode)
			if got := counted(t, p, metric); got != want.counted {
				t.Errorf("%s is %v, want %v", metric, got, want.counted)
			}
			if got := counted(t, p, `concierge_operation_calls_count{operation="other",when="actual"}`); (got == 1) != (want.runs && want.told) {
				t.Errorf("%v operations are counted that ran", got)
			}
		})
	}
}

// An endpoint of the REST door is an operation, and bound as one.
func TestAnEndpointThatIsTooCostlyIsRefused(t *testing.T) {
	yaml := withREST(nil, operations(t, map[string]string{
		"many.graphql": `query Many($first: Int!) @endpoint(path: "/many") { orders(first: $first) { nodes { user { name } } } }`,
	}))
	p := startBefore(t, recorded(t), with(yaml, "graphql", "demand: {keys: 10}"))
	if r := p.speak(t, "GET /many?first=9\nAs: support"); r.status != http.StatusOK {
		t.Errorf("a small page is answered with %d %s", r.status, r.body)
	}
	p.services.ResetCalls()
	r := p.speak(t, "GET /many?first=10\nAs: support")
	var told struct{ Code, Detail string }
	if err := json.Unmarshal(r.body, &told); err != nil {
		t.Fatalf("%v in %s", err, r.body)
	}
	const detail = "the operation asks services for up to 11 records where 10 are allowed"
	if r.status != http.StatusBadRequest || told.Code != "OPERATION_TOO_COSTLY" || told.Detail != detail {
		t.Errorf("it is answered with %d %s", r.status, r.body)
	}
	if calls := p.calls(); len(calls) > 0 {
		t.Errorf("services were asked:\n%s", calls)
	}
}

func TestWhoAsksInTheOtherMediaTypeIsRefusedByStatus(t *testing.T) {
	p := start(t, with(standard, "graphql", "demand: {calls: 1}"))
	req := p.request(t, operation{as: "support", query: `{ orders(first: 1) { nodes { user { name } } } }`})
	req.Header.Set("Accept", "application/graphql-response+json")
	if r := send(t, req); r.status != http.StatusBadRequest || !strings.Contains(string(r.body), "makes up to 2 calls to services where 1 are allowed") {
		t.Errorf("it is answered with %d %s", r.status, r.body)
	}
}

// The owner of a payment is found in its order. That there was one more call must not tell a stranger that there is the payment,
// neither where the caller asks what was taken nor by what is left of a limit.
func TestWhatAnOperationTookTellsNothingOfSomebodyElsesRecords(t *testing.T) {
	for _, plans := range []string{"true", "false"} {
		yaml := with(usualLimits.ReplaceAllString(standard, ""), "graphql", "plans: {enabled: "+plans+"}")
		yaml = with(yaml, "limits", "rules: [{name: work, by: ip, limit: 1000, per: 1h, counts: calls}]")
		p := startBefore(t, recorded(t), yaml)
		calls := make(map[string]int)
		told := make(map[string]string)
		for name, id := range map[string]string{"somebody else's": "5", "none": "99999"} {
			p.services.ResetCalls()
			r := send(t, p.weighing(t, operation{query: `{ payment(id: ` + id + `) { id } }`}))
			calls[name] = bytes.Count(p.calls(), []byte("GET"))
			told[name] = string(r.body)
		}
		if calls["somebody else's"] != 2 || calls["none"] != 1 {
			t.Fatalf("services were called %v times: the payments prove nothing", calls)
		}
		if told["none"] != told["somebody else's"] {
			t.Errorf("with plans %s strangers are told %v", plans, told)
		}
		r := send(t, p.weighing(t, operation{query: `{ product(id: 12) { name } }`}))
		if got := r.header.Get("Ratelimit"); !strings.Contains(got, `"work";r=995`) {
			t.Errorf("with plans %s the limit says %q, want 995: of each payment two calls count", plans, got)
		}
	}
}
