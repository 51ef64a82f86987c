package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/demo"
)

// twins are two gateways with the same settings but for the one that is tested, each before a set of services of its own.
type twins struct {
	sides  [2]*side // by plans, and by gqlgen
	asked  atomic.Int64
	client *http.Client
}

// side is one of two gateways.
type side struct {
	*program
	*stage
	*ledger

	tokens sync.Map // by the caller
}

// planSites are the configurations that trials run with. The second speaks with its services otherwise.
func planSites() map[string]string {
	usual := patient(steadfast(with(standard, "auth", "anonymous: true")))
	usual = with(usual, "graphql", "demand: {mode: measure}")
	usual = with(usual, "log", "slow: 0s") // a busy machine would make lines that only one of the two writes
	for _, service := range demo.Names() {
		usual = inSection(usual, service, "concurrency: {adaptive: false}\n    outlier: {consecutive_failures: 0}")
	}
	usual = inSection(usual, demo.Order, "max_response: 24KiB") // a large page is longer
	other := with(usual, "graphql", "pages: {default: 3, max: 7}")
	for service, batch := range map[string]string{
		demo.User: "{style: none}", demo.Order: "{style: repeated, max: 7}", demo.Product: "{max: 10}", demo.Payment: "{max: 3}",
	} {
		other = inSection(other, service, "batch: "+batch+"\n    max_concurrency: 3")
	}
	other = inSection(other, demo.Product, `fallback: {static: [{match: "GET /products", body: "[]"}]}`)
	return map[string]string{"usual": usual, "other": other}
}

// inSection is a configuration with more lines about a service.
func inSection(yaml, service, lines string) string {
	head := "\n  " + service + ":\n"
	return strings.Replace(yaml, head, head+"    "+lines+"\n", 1)
}

// startTwins runs two gateways until the test ends.
func startTwins(t *testing.T, yaml string) *twins {
	t.Helper()
	w := &twins{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8, DisableCompression: true}}}
	for i, plans := range []bool{true, false} {
		w.sides[i] = startSide(t, yaml, plans)
	}
	t.Cleanup(w.client.CloseIdleConnections)
	return w
}

func startSide(t *testing.T, yaml string, plans bool) *side {
	t.Helper()
	s := &side{stage: newStage(), ledger: newLedger()}
	noon := func() time.Time { return time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC) } // writes leave the same moments
	services, err := demo.Start(demo.Options{Wrap: s.wrap, Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	c, err := config.Parse([]byte(yaml), "test.yml", variables(services))
	if err != nil {
		t.Fatal(err)
	}
	c.GraphQL.Plans.Enabled = plans
	keepIfAsked(&c, yaml)
	leaveAtOnce(&c, yaml)
	s.program = launchWith(t, services, c, s.ledger)
	t.Cleanup(func() {
		s.stop()
		if err := <-s.ended; err != nil {
			t.Errorf("the gateway ended with: %v", err)
		}
	})
	return s
}

// run has one of the gateways run a trial. Where it is slow, each call takes a while, so that answers come in any order.
func (w *twins) run(ctx context.Context, s *side, c trial, slow bool) (*outcome, map[string]answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	id := fmt.Sprintf("trial-%d", w.asked.Add(1))
	req, err := s.question(ctx, c, id)
	if err != nil {
		return nil, nil, err
	}
	played := s.open(id, c, slow)
	defer s.close(id)
	res, err := w.client.Do(req)
	if err != nil {
		return nil, nil, fmt.Errorf("ask: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, nil, fmt.Errorf("read the answer: %w", err)
	}
	o := &outcome{Status: res.StatusCode, Form: res.Header.Get("Content-Type")}
	if err := o.read(bytes.ReplaceAll(body, []byte(id), []byte("trial"))); err != nil {
		return nil, nil, err
	}
	if o.Log, err = s.take(ctx, id); err != nil {
		return nil, nil, err
	}
	played.mu.Lock()
	defer played.mu.Unlock()
	o.Calls = slices.Sorted(slices.Values(played.calls))
	err = o.withinBounds()
	return o, played.changed, err
}

// question is a trial as a request.
func (s *side) question(ctx context.Context, c trial, id string) (*http.Request, error) {
	sent := map[string]any{"query": c.query, "extensions": map[string]any{"cost": true}}
	if c.name != "" {
		sent["operationName"] = c.name
	}
	if c.variables != "" {
		sent["variables"] = json.RawMessage(c.variables)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.public+"/graphql", strings.NewReader(inJSON(sent)))
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	req.Header.Set("Content-Type", plainJSON)
	req.Header.Set("X-Request-ID", id)
	if c.accept != "" {
		req.Header.Set("Accept", c.accept)
	}
	if c.as != "nobody" {
		token, err := s.tokenOf(c.as, c.scopes)
		if err != nil {
			return nil, fmt.Errorf("sign a token: %w", err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req, nil
}

// byPlans is how many operations a gateway has run by plans.
func (s *side) byPlans(t *testing.T) int {
	t.Helper()
	_, after, _ := strings.Cut(string(get(t, s.admin+"/metrics").body), "\nconcierge_graphql_executions_total{by=\"plan\"} ")
	line, _, _ := strings.Cut(after, "\n")
	n, err := strconv.ParseFloat(line, 64)
	if err != nil {
		t.Fatalf("nobody counts what runs by plans: %v", err)
	}
	return int(n)
}

func (s *side) tokenOf(subject, scopes string) (string, error) {
	key := subject + " " + scopes
	if known, ok := s.tokens.Load(key); ok {
		return known.(string), nil
	}
	signed, err := auth.Sign(s.config.Auth, subject, strings.Fields(scopes), 24*time.Hour, time.Now())
	if err == nil {
		s.tokens.Store(key, signed)
	}
	return signed, err
}
