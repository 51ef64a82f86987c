package retry

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

func answer(status int, header ...string) *http.Response {
	res := &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody}
	for i := 0; i < len(header); i += 2 {
		res.Header.Set(header[i], header[i+1])
	}
	return res
}

func resulting(res *http.Response) result {
	return result{res: res, outcome: attempt.Judge(context.Background(), res, nil)}
}

func ended(outcome attempt.Outcome) result { return result{err: errors.New("ended"), outcome: outcome} }

func TestWhatIsTriedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		result
		reads, writes bool
	}{
		"an answer":                      {resulting(answer(200)), false, false},
		"a missing record":               {resulting(answer(404)), false, false},
		"a conflict":                     {resulting(answer(409)), false, false},
		"a write that is under way":      {resulting(answer(409, "Retry-After", "1")), true, false},
		"a refusal":                      {resulting(answer(422)), false, false},
		"a mistake of the service's":     {resulting(answer(500)), true, false},
		"a service that cannot do it":    {resulting(answer(501)), false, false},
		"a bad gateway":                  {resulting(answer(502)), true, false},
		"an overloaded service":          {resulting(answer(503)), true, false},
		"too many calls":                 {resulting(answer(429)), false, false},
		"too many calls until":           {resulting(answer(429, "Retry-After", "1")), true, false},
		"no connection":                  {ended(attempt.Unreachable), true, true},
		"a broken connection":            {ended(attempt.Broken), true, false},
		"an answer that is too long":     {ended(attempt.Oversized), true, false},
		"no answer in time":              {ended(attempt.TimedOut), true, false},
		"a caller who has gone":          {ended(attempt.Cancelled), false, false},
		"an open breaker, or no room":    {ended(attempt.Withheld), false, false},
		"a body that ended in the midst": {result{err: &attempt.BodyError{Err: errors.New("unexpected EOF")}, outcome: attempt.Broken}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			config := DefaultConfig()
			if got := config.worth(c.result, true, true); got != c.reads {
				t.Errorf("a read is worth another attempt: %t, want %t", got, c.reads)
			}
			if got := config.worth(c.result, false, true); got != c.writes {
				t.Errorf("a write is worth another attempt: %t, want %t", got, c.writes)
			}
			if config.worth(c.result, false, false) {
				t.Error("what cannot be sent again is worth another attempt")
			}
		})
	}
}

func TestWhichRequestsAreRepeatable(t *testing.T) {
	for name, c := range map[string]struct {
		method string
		key    bool
		known  bool
		once   bool // the body can be read once
		want   bool
	}{
		"GET":                              {method: "GET", want: true},
		"HEAD":                             {method: "HEAD", want: true},
		"OPTIONS":                          {method: "OPTIONS", want: true},
		"PUT":                              {method: "PUT", want: true},
		"DELETE":                           {method: "DELETE", want: true},
		"PUT with a body that streams":     {method: "PUT", once: true},
		"POST":                             {method: "POST"},
		"PATCH":                            {method: "PATCH"},
		"POST with a key":                  {method: "POST", key: true},
		"POST with a key that is honoured": {method: "POST", key: true, known: true, want: true},
		"POST without a key":               {method: "POST", known: true},
		"a method of its own":              {method: "BREW"},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), c.method, "http://user/users", strings.NewReader("body"))
			if err != nil {
				t.Fatal(err)
			}
			if c.key {
				req.Header.Set("Idempotency-Key", "k")
			}
			if c.once {
				req.GetBody = nil
			}
			if got := (Config{IdempotencyKeys: c.known}).repeatable(req); got != c.want {
				t.Errorf("repeatable = %t, want %t", got, c.want)
			}
		})
	}
}

func TestHowLongToWait(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	most := func(d time.Duration) time.Duration { return d }
	for name, c := range map[string]struct {
		result
		n      int
		others bool
		want   time.Duration
	}{
		"unreachable, and another is there":    {ended(attempt.Unreachable), 1, true, 0},
		"broken, and another is there":         {ended(attempt.Broken), 1, true, 0},
		"unreachable, and nobody else":         {ended(attempt.Unreachable), 1, false, 25 * time.Millisecond},
		"unreachable twice":                    {ended(attempt.Unreachable), 2, true, 50 * time.Millisecond},
		"a failure":                            {resulting(answer(500)), 1, true, 25 * time.Millisecond},
		"a third failure":                      {resulting(answer(500)), 3, true, 100 * time.Millisecond},
		"after many, the wait is bounded":      {resulting(answer(500)), 9, true, time.Second},
		"overloaded, and another is there":     {resulting(answer(503, "Retry-After", "2")), 1, true, 25 * time.Millisecond},
		"overloaded, and nobody else":          {resulting(answer(503, "Retry-After", "2")), 1, false, 2 * time.Second},
		"limited speaks for the whole service": {resulting(answer(429, "Retry-After", "2")), 1, true, 2 * time.Second},
		"under way":                            {resulting(answer(409, "Retry-After", "1")), 1, true, time.Second},
		"limited until a date":                 {resulting(answer(429, "Retry-After", "Thu, 01 Jan 2026 00:00:03 GMT")), 1, true, 3 * time.Second},
		"limited until a date that is over":    {resulting(answer(429, "Retry-After", "Thu, 01 Jan 2025 00:00:03 GMT")), 1, true, 25 * time.Millisecond},
		"limited by nonsense":                  {resulting(answer(429, "Retry-After", "soon")), 1, true, 25 * time.Millisecond},
		"limited by a negative time":           {resulting(answer(429, "Retry-After", "-5")), 1, true, 25 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			if got := DefaultConfig().wait(c.result, c.n, c.others, now, most); got != c.want {
				t.Errorf("wait = %v, want %v", got, c.want)
			}
		})
	}
}

func TestJitterIsPartOfTheWait(t *testing.T) {
	for range 1000 {
		if got := fullJitter(time.Second); got < 0 || got > time.Second {
			t.Fatalf("jitter = %v, want 0 to 1s", got)
		}
	}
}

func TestConfigRefusesWhatWouldMakeAnOutageWorse(t *testing.T) {
	bad := Config{Max: 11, Statuses: []int{404, 500, 500}, MaxBackoff: -1, Budget: 101, BudgetFloor: -1}
	want := []string{"max", "statuses[0]", "statuses[2]", "backoff", "max_backoff", "budget", "budget_floor"}
	var got []string
	bad.Validate(func(path, _ string) { got = append(got, path) })
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("mistakes at %v, want %v", got, want)
	}
	DefaultConfig().Validate(func(path, message string) { t.Errorf("the default's %s %s", path, message) })
	DefaultHedge().Validate(func(path, message string) { t.Errorf("the default's %s %s", path, message) })
	hedge := 0
	Hedge{Percentile: 100}.Validate(func(string, string) { hedge++ })
	if hedge != 1 {
		t.Errorf("a percentile of 100 has %d mistakes, want one", hedge)
	}
}
