package gateway

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
)

// usagePath is where callers read what they have used.
const usagePath = "/usage"

// usage tells callers what they have used of their limits. Asking counts for the address alone: who is over another limit may
// know when that ends, and nobody may ask without end.
func (p *routes) usage(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		unknownMethod("GET, HEAD")(w, r)
		return
	}
	account := ratelimit.From(r.Context())
	account.Name(auth.FromContext(r.Context()))
	writeUsage(w, account.Plan(), account.Usage(r.Context()))
}

func writeUsage(w http.ResponseWriter, plan string, used []ratelimit.Usage) {
	answer(w, struct {
		Plan   string            `json:"plan,omitempty"`
		Limits []ratelimit.Usage `json:"limits"`
	}{plan, used})
}

// usageOf tells the operator what somebody has used.
func (e *edition) usageOf(w http.ResponseWriter, r *http.Request) {
	who, err := whoIn(r.URL.Query())
	if err != nil {
		problem.Write(w, err)
		return
	}
	account := e.limits.Open(who)
	writeUsage(w, account.Plan(), account.Usage(r.Context()))
}

// reset forgets what somebody has used, for a customer who is to go on.
func (e *edition) reset(w http.ResponseWriter, r *http.Request) {
	who, err := whoIn(r.URL.Query())
	if err != nil {
		problem.Write(w, err)
		return
	}
	counters, err := e.limits.Reset(r.Context(), who, r.URL.Query().Get("rule"))
	if err != nil {
		problem.Write(w, problem.Wrap(problem.Unavailable, err, "not all of it could be reset: Redis cannot be reached"))
		return
	}
	answer(w, struct {
		Reset int `json:"reset"`
	}{counters})
}

func whoIn(query url.Values) (ratelimit.Who, error) {
	who := ratelimit.Who{
		Principal: query.Get("principal"), Key: query.Get("api_key"), Client: query.Get("client"), Plan: query.Get("plan"),
	}
	if text := query.Get("ip"); text != "" {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return who, problem.New(problem.BadInput, "ip is no address")
		}
		who.Addr = address
	}
	if who == (ratelimit.Who{}) {
		return who, problem.New(problem.BadInput, "say whose: principal, ip, api_key, client, plan")
	}
	return who, nil
}

// limited lists who was refused most.
func (e *edition) limited(w http.ResponseWriter, _ *http.Request) {
	answer(w, struct {
		Refused []ratelimit.Consumer `json:"refused"`
	}{e.limits.Consumers()})
}

// answer writes what is true at this moment and no longer.
func answer(w http.ResponseWriter, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		problem.Write(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(text, '\n')) // a client that has gone cannot be told so
}
