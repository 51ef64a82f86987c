package tests

import (
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// misdeed is an answer of a service that does not behave. SECRET stands for what must get nowhere.
type misdeed struct {
	status int
	form   string
	body   string
	cut    bool // the connection ends before the body does
}

// shownByREST are answers whose members hold something else than they should, which GraphQL never shows. Of a route, those who may
// see a member see what it holds.
func shownByREST() []string {
	return []string{"has ids that are texts", "has no moments", "has no numbers"}
}

const (
	pageHTML  = "text/html"
	plainText = "text/plain"
)

// misbehaviours are what a service may answer that goes wrong. Of faults, the names of members and the codes are shown; what is no
// name and no code is not.
func misbehaviours() map[string]misdeed {
	fault := `{"title": "SECRET", "detail": "SECRET", "type": "https://SECRET.example", "instance": "SECRET", "password_hash": "SECRET", ` +
		`"errors": [{"field": "SECRET (not a name)", "code": "INVALID"}, {"field": "name", "code": "the SECRET", "detail": "SECRET"}]}`
	return map[string]misdeed{
		"fails":                      {500, plainText, "SECRET", false},
		"fails with a page":          {502, pageHTML, "<h1>SECRET</h1>", false},
		"is busy":                    {503, problemJSON, fault, false},
		"asks for less":              {429, problemJSON, fault, false},
		"refuses members":            {422, problemJSON, fault, false},
		"refuses a request":          {400, plainJSON, fault, false},
		"knows no caller":            {401, problemJSON, fault, false},
		"lets nobody in":             {403, plainText, "SECRET", false},
		"has no record":              {404, problemJSON, fault, false},
		"has a conflict":             {409, problemJSON, fault, false},
		"says nothing known":         {499, "application/x-unknown; of=SECRET", "SECRET", false},
		"answers with a page":        {200, pageHTML, "SECRET", false},
		"answers with no JSON":       {200, plainJSON, "SECRET", false},
		"answers with a text":        {200, plainJSON, `"SECRET"`, false},
		"breaks off":                 {200, plainJSON, `[{"id": 8, "user_id": 8, "order_id": 8, "password_hash": "SECRET", "name": "SECRET`, true},
		"breaks off at once":         {200, plainJSON, `SECRET`, true},
		"breaks off an error":        {422, problemJSON, `{"detail": "SECRET`, true},
		"ends early":                 {200, plainJSON, `[{"id": 8, "user_id": 8, "password_hash": "SECRET", "name": {"password_hash": "SECRET"}`, false},
		"has a member twice":         {200, plainJSON, `[{"id": 8, "user_id": 8, "order_id": 8, "password_hash": "SECRET", "password_hash": "SECRET"}]`, false},
		"has ids that are texts":     {200, plainJSON, `[{"id": "SECRET", "user_id": "SECRET", "order_id": "SECRET"}]`, false},
		"has no moments":             {200, plainJSON, `[{"id": 8, "user_id": 8, "order_id": 8, "created_at": "SECRET", "updated_at": "SECRET"}]`, false},
		"has no numbers":             {200, plainJSON, `[{"id": 8, "user_id": 8, "order_id": 8, "total": "SECRET", "price": "SECRET", "amount": "SECRET"}]`, false},
		"has lists for objects":      {200, plainJSON, `[{"id": 8, "user_id": 8, "order_id": 8, "address": ["SECRET"], "shipping_address": "SECRET", "items": "SECRET"}]`, false},
		"has what nobody may see":    {200, plainJSON, `[{"id": 8, "user_id": 8, "order_id": 8, "api_token": "SECRET", "items": [{"internal_margin": "SECRET"}]}]`, false},
		"has escapes of such":        {200, plainJSON, `{"id": 8, "user_id": 8, "order_id": 8, "\u0061pi_token": "SECRET", "card_cv\u0076": "SECRET"}`, false},
		"made something":             {201, plainJSON, `{"id": 5999, "user_id": 8, "order_id": 8, "password_hash": "SECRET", "risk_score": "SECRET"}`, false},
		"leads elsewhere":            {302, pageHTML, `<a href="SECRET">SECRET</a>`, false},
		"answers a part":             {206, plainJSON, `"SECRET`, false},
		"claims to be compressed":    {200, plainJSON, "SECRET", false},
		"gives another record":       {200, plainJSON, `[{"id": 999, "user_id": 8, "order_id": 999, "name": {"a": "SECRET"}, "password_hash": "SECRET"}]`, false},
		"answers with what is large": {200, plainJSON, `[{"id": 8, "user_id": 8, "api_token": "` + strings.Repeat("SECRET ", 1000) + `"}]`, false},
	}
}

// answer sends it, with more of the same in the header of an error.
func (a misdeed) answer(w http.ResponseWriter, secret string) {
	header, body := w.Header(), strings.ReplaceAll(a.body, "SECRET", secret)
	header.Set("Content-Type", strings.ReplaceAll(a.form, "SECRET", secret))
	if a.status >= http.StatusBadRequest {
		for _, name := range []string{"Location", "Content-Location", "Link", "X-Debug", "Server", "Via", "Set-Cookie", "Etag", "Warning", "Content-Language"} {
			header.Set(name, "</"+secret+">")
		}
	}
	if a.cut {
		header.Set("Content-Length", strconv.Itoa(len(body)+100))
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, body)
	if a.cut {
		panic(http.ErrAbortHandler)
	}
}

// steadfast is a configuration in which each call is made, whatever became of those before.
func steadfast(yaml string) string {
	for _, service := range demo.Names() {
		head := "\n  " + service + ":\n"
		yaml = strings.Replace(yaml, head, head+"    retry: {max: 0}\n    breaker: {enabled: false}\n    endpoint_breaker: {enabled: false}\n", 1)
	}
	return yaml
}

// few are questions by which each service is read and written through both doors.
func few(t *testing.T) []question {
	t.Helper()
	questions := []question{
		inGraphQL(graphqlBody(`{ me { name email orders(first: 2) { nodes { id total { amount } } } } user(id: 8) { email role address { street } } users(first: 2) { nodes { id phone } } }`, nil)),
		inGraphQL(graphqlBody(`{ order(id: 8) { status total { amount } payment { cardLast4 } items { product { name } } user { email } } product(id: 1) { name } payment(id: 4993) { cardLast4 } }`, nil)),
		{method: "GET", path: "/v2/orders/8/summary"},
		{method: "GET", path: "/v2/me/orders"},
		{method: "GET", path: "/v1/users/8"},
		{method: "HEAD", path: "/v2/orders/8"},
		{method: "GET", path: "/v2/orders/8"},
		{method: "GET", path: "/v2/orders?ids=8"},
		{method: "GET", path: "/v2/payments/4993"},
		{method: "GET", path: "/v2/products?limit=1"},
		{method: "PATCH", path: "/v2/me", body: `{"name": "Somebody"}`},
		{method: "PATCH", path: "/v2/orders/8", body: `{"status": "cancelled"}`},
		{method: "GET", path: "/around/user?ids=8"},
		{method: "GET", path: "/renamed/payment/4993"},
	}
	for i, body := range byChanges(t) {
		if i%3 == 2 {
			questions = append(questions, body)
		}
	}
	return questions
}

// Whatever a service says when something goes wrong is for the gateway alone, and not for its log either.
func TestNobodyLearnsWhatServicesSayThatFail(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]func(slog.Handler) slog.Handler{
		"a log that works":                         unchanged[slog.Handler],
		"one that panics, where that ends a field": func(h slog.Handler) slog.Handler { return brittle{h, []string{"upstream call failed"}} },
	} {
		t.Run(name, func(t *testing.T) {
			s := startLeakSite(t, steadfast, wrap)
			secret := s.text(nobodys, itsWords, 1)
			questions := few(t)
			askers := s.askers(t)
			for kind, answer := range misbehaviours() {
				var asked atomic.Int32
				s.misbehave(func(w http.ResponseWriter, _ *http.Request) {
					asked.Add(1)
					if kind == "claims to be compressed" {
						w.Header().Set("Content-Encoding", "gzip")
					}
					answer.answer(w, secret)
				})
				for _, as := range askers {
					if as.name == "another customer" || as.name == "admin" && len(name) < 20 {
						s.tellsNobody(t, kind, as, questions)
					}
				}
				if asked.Load() < 10 {
					t.Errorf("a service that %s was asked %d times", kind, asked.Load())
				}
			}
			s.misbehave(nil)
			s.outputsTellNothing(t)
		})
	}
}

func (s *leakSite) tellsNobody(t *testing.T, kind string, as asker, questions []question) {
	t.Helper()
	if slices.Contains(shownByREST(), kind) {
		for _, q := range questions {
			if answer := s.ask(t, q, as); q.path == "/graphql" && len(s.found(answer.text)) > 0 {
				t.Errorf("of a service that %s, %s learns %s", kind, as.name, answer.text)
			}
		}
		return
	}
	facts := s.told(t, as, questions)
	wrong := s.secretsTold(as, facts)
	slices.Sort(wrong)
	for _, each := range wrong {
		t.Errorf("of a service that %s, %s", kind, each)
	}
}
