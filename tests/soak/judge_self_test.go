package soak

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"
)

// small is an oracle with a few records.
func small() *oracle {
	n := func(text string) json.Number { return json.Number(text) }
	order := record{"id": n("7"), "user_id": n("7"), "status": "paid", "currency": "USD", "total": n("19.90"), "items": []any{}}
	payment := record{"id": n("9"), "order_id": n("7"), "status": "captured", "method": "card", "card_number": "4000001234"}
	return &oracle{
		users: map[int64]record{
			7: {"id": n("7"), "name": "Ada", "username": "ada", "email": "ada@example.com", "phone": "1"},
			8: {"id": n("8"), "name": "Bob", "username": "bob", "email": "bob@example.com", "phone": "2"},
		},
		orders: map[int64]record{7: order}, payments: map[int64]record{9: payment}, paymentOf: map[int64]record{7: payment},
	}
}

// came is an answer of a gateway.
func came(body string) reply {
	return reply{status: http.StatusOK, header: http.Header{"X-Request-Id": {"1"}}, body: []byte(body), from: time.Now()}
}

// verdict is what the tally says of a single thing.
func (s *soak) verdict() string {
	switch {
	case s.unjust > 0:
		return "wrong"
	case len(s.explained) > 0:
		return "explained"
	case len(s.right) > 0:
		return "right"
	}
	return "nothing"
}

func TestTheJudgeKnowsRightFromWrong(t *testing.T) {
	customer, stranger := caller{name: "customer", id: 7}, caller{name: "another", id: 8}
	own := []sel{{name: "order", id: 7, of: []sel{
		{name: "id"}, {name: "user", of: leaves("name")}, {name: "payment", of: leaves("cardLast4")},
	}}}
	other := []sel{{name: "user", id: 7, of: leaves("name", "email")}}
	for name, c := range map[string]struct {
		as     caller
		of     []sel
		during reason
		body   string
		want   string
	}{
		"all as it is":           {customer, own, "", `{"data":{"order":{"id":"7","user":{"name":"Ada"},"payment":{"cardLast4":"1234"}}}}`, "right"},
		"somebody else's name":   {customer, own, "", `{"data":{"order":{"id":"7","user":{"name":"Bob"},"payment":{"cardLast4":"1234"}}}}`, "wrong"},
		"more than was asked":    {customer, own, "", `{"data":{"order":{"id":"7","user":{"name":"Ada","email":"a"},"payment":{"cardLast4":"1234"}}}}`, "wrong"},
		"more of a card":         {customer, own, "", `{"data":{"order":{"id":"7","user":{"name":"Ada"},"payment":{"cardLast4":"4000001234"}}}}`, "wrong"},
		"null without an error":  {customer, own, paymentDown, `{"data":{"order":{"id":"7","user":{"name":"Ada"},"payment":null}}}`, "wrong"},
		"a stranger sees none":   {stranger, own, "", `{"data":{"order":null}}`, "right"},
		"a stranger sees it":     {stranger, own, "", `{"data":{"order":{"id":"7","user":{"name":"Ada"},"payment":{"cardLast4":"1234"}}}}`, "wrong"},
		"denied":                 {stranger, other, "", `{"data":{"user":{"name":"Ada","email":null}},"errors":[{"path":["user","email"],"extensions":{"code":"FORBIDDEN"}}]}`, "right"},
		"denied, and not said":   {stranger, other, "", `{"data":{"user":{"name":"Ada","email":null}}}`, "wrong"},
		"not denied":             {stranger, other, "", `{"data":{"user":{"name":"Ada","email":"ada@example.com"}}}`, "wrong"},
		"no payment service":     {customer, own, paymentDown, `{"data":{"order":{"id":"7","user":{"name":"Ada"},"payment":null}},"errors":[{"path":["order","payment"],"extensions":{"code":"UPSTREAM_UNAVAILABLE"}}]}`, "explained"},
		"no reason for that":     {customer, own, killed, `{"data":{"order":{"id":"7","user":{"name":"Ada"},"payment":null}},"errors":[{"path":["order","payment"],"extensions":{"code":"UPSTREAM_UNAVAILABLE"}}]}`, "wrong"},
		"of another service":     {customer, own, paymentDown, `{"data":{"order":{"id":"7","user":null,"payment":{"cardLast4":"1234"}}},"errors":[{"path":["order","user"],"extensions":{"code":"UPSTREAM_UNAVAILABLE"}}]}`, "wrong"},
		"a mistake inside":       {customer, own, paymentDown, `{"data":{"order":null},"errors":[{"path":["order"],"extensions":{"code":"INTERNAL"}}]}`, "wrong"},
		"no JSON":                {customer, own, paymentDown, `{"data":`, "wrong"},
		"in parts, as the other": {customer, own, "", `{"data":{"order":{"user":{"name":"Ada"},"payment":{"cardLast4":"1234"},"id":"7"}}}`, "right"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSoak(nil, small())
			if c.during != "" {
				defer s.opens(c.during)(0)
			}
			got := came(c.body)
			said, err := read(got)
			if err != nil {
				s.failf("read", "%v", err)
			}
			s.judge(request{kind: "one", as: c.as}, got, said, c.of)
			if verdict := s.verdict(); verdict != c.want {
				t.Errorf("it is %s, want %s: %s", verdict, c.want, s.tell())
			}
		})
	}
}

func TestAnAnswerOfNobodyNeedsAKill(t *testing.T) {
	s := newSoak(nil, small())
	got := reply{status: http.StatusServiceUnavailable, header: http.Header{}, from: time.Now()}
	end := s.opens(killed)
	s.lost(request{kind: "one"}, got)
	if s.verdict() != "explained" {
		t.Errorf("it is %s while an instance is killed", s.verdict())
	}
	end(0)
	got.from = time.Now().Add(time.Millisecond)
	s.lost(request{kind: "one"}, got)
	if s.verdict() != "wrong" {
		t.Errorf("it is %s afterwards", s.verdict())
	}
}

func TestAnOldValueHasItsTime(t *testing.T) {
	for name, c := range map[string]struct {
		ago  time.Duration
		away bool
		want string
	}{
		"just now":                  {heard / 2, false, "right"},
		"long ago":                  {2 * heard, false, "wrong"},
		"without Redis":             {2 * heard, true, "explained"},
		"longer, also without it":   {2 * unheard, true, "wrong"},
		"just now, also without it": {heard / 2, true, "explained"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSoak(nil, small())
			if c.away {
				defer s.opens(redisAway)(0)
			}
			w := &writer{soak: s}
			got := came("{}")
			w.old("one", got, phone{until: got.from.Add(-c.ago)})
			if s.verdict() != c.want {
				t.Errorf("it is %s, want %s", s.verdict(), c.want)
			}
		})
	}
}

func TestWhatGrowsIsSeen(t *testing.T) {
	flat, growing := new(meter), new(meter)
	for n := range 90 {
		level, more := sample{}, sample{}
		for i, each := range measures() {
			level.values[i] = 100 * each.scale
			more.values[i] = float64(100+n) * each.scale
		}
		flat.samples, growing.samples = append(flat.samples, level), append(growing.samples, more)
	}
	if got := flat.grown(); len(got) > 0 {
		t.Errorf("what stays as it is grows: %v", got)
	}
	if got := growing.grown(); len(got) != 3 { // memory, heap, series: of goroutines and files so many are none
		t.Errorf("of what grows by a third, what may not be is %v", got)
	}
}
