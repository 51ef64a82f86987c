package tests

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// rush is a gateway to which many requests come at the same time, while a service's answers are held back.
type rush struct {
	*program
	*brake

	client *http.Client
}

func startRush(t *testing.T, yaml, holding string, around ...wrap) *rush {
	t.Helper()
	c := &rush{brake: newBrake(holding, nil), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2000}}}
	c.program = startKeeping(t, roomy(yaml), append(around, c.wrap)...)
	t.Cleanup(c.client.CloseIdleConnections)
	return c
}

// roomy is a configuration that takes many requests at the same time, and waits for services.
func roomy(yaml string) string { return with(patient(yaml), "server", "max_concurrency: 5000") }

// send sends requests at once, and returns a function that returns their answers. It returns when so many of them wait.
func (c *rush) send(t *testing.T, waiting int, requests []*http.Request) (answers func() []reply) {
	t.Helper()
	replies := make([]reply, len(requests))
	before := c.inFlight(t)
	var under sync.WaitGroup
	for i, req := range requests {
		under.Go(func() { replies[i] = sendBy(t, c.client, req) })
	}
	waitFor(t, func() string { return fmt.Sprintf("%v of %d requests wait", c.inFlight(t)-before, waiting) }, func() bool {
		return c.inFlight(t) >= before+float64(waiting)
	})
	return func() []reply {
		under.Wait()
		return replies
	}
}

func (c *rush) inFlight(t *testing.T) float64 {
	t.Helper()
	return counted(t, c.program, `concierge_requests_in_flight{door="graphql"}`) + counted(t, c.program, `concierge_requests_in_flight{door="rest"}`)
}

// asks is a request as read has it.
func (p *program) asks(t *testing.T, what string) *http.Request {
	t.Helper()
	as, rest, _ := strings.Cut(what, " ")
	if strings.HasPrefix(rest, "{") {
		return p.request(t, operation{as: as, query: rest})
	}
	method, path, _ := strings.Cut(rest, " ")
	req := request(t, method, p.public+path)
	if as != "nobody" {
		req.Header.Set("Authorization", "Bearer "+p.token(t, as))
	}
	return req
}

func (p *program) askAll(t *testing.T, n int, what ...string) []*http.Request {
	t.Helper()
	requests := make([]*http.Request, n)
	for i := range requests {
		requests[i] = p.asks(t, what[i%len(what)])
	}
	return requests
}

func TestAThousandEqualRequestsMakeOneCall(t *testing.T) {
	const many = 1000
	brakes := make(map[string]*brake)
	for _, service := range demo.Names() {
		brakes[service] = newBrake(service, nil)
	}
	c := &rush{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: many}}}
	defer c.client.CloseIdleConnections()
	c.program = startKeeping(t, roomy(shelves("")), func(service string, next http.Handler) http.Handler {
		return brakes[service].wrap(service, next)
	})
	for name, each := range map[string]struct{ holding, request, call string }{
		"an operation for everybody": {demo.Product, "customer { product(id: 3) { name } }", "product GET /products?ids=3"},
		"an operation of one caller": {demo.User, "customer { me { email } }", "user GET /users?ids=7"},
		"a route":                    {demo.Order, "customer GET /v2/orders/7", "order GET /orders/7"},
	} {
		t.Run(name, func(t *testing.T) {
			c.services.ResetCalls()
			answers := c.send(t, many, c.askAll(t, many, each.request))
			brakes[each.holding].release()
			all := answers()
			for _, r := range all {
				if got, first := withoutIDs(r), withoutIDs(all[0]); got != first || r.status != http.StatusOK {
					t.Fatalf("one is answered with %s, and another with %s", first, got)
				}
			}
			if got := string(c.calls()); got != each.call {
				t.Errorf("services were asked:\n%.500s", got)
			}
		})
	}
}

func TestTheOneWhoAskedFirstMayLeave(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ holding, request, call string }{
		"an operation for everybody": {demo.Product, "customer { product(id: 3) { name } }", "product GET /products?ids=3"},
		"an operation of one caller": {demo.User, "customer { me { email } }", "user GET /users?ids=7"},
		"a route":                    {demo.Order, "customer GET /v2/orders/7", "order GET /orders/7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startRush(t, shelves(""), c.holding)
			ctx, leave := context.WithCancel(t.Context())
			left := make(chan error, 1)
			go func() {
				res, err := p.client.Do(p.asks(t, c.request).WithContext(ctx))
				if err == nil {
					res.Body.Close()
				}
				left <- err
			}()
			p.await(t, 1)
			answers := p.send(t, 40, p.askAll(t, 40, c.request))
			p.rest(t)
			leave()
			if err := <-left; err == nil {
				t.Error("who left was answered")
			}
			p.rest(t)
			p.release()
			for _, each := range answers() {
				if each.status != http.StatusOK || bytes.Contains(each.body, []byte(`"errors"`)) {
					t.Errorf("one is answered with %d %s", each.status, each.body)
				}
			}
			if got := string(p.calls()); got != c.call {
				t.Errorf("services were asked:\n%.500s", got)
			}
		})
	}
}

// rest lets everything come as far as it comes: others have been answered meanwhile.
func (c *rush) rest(t *testing.T) {
	t.Helper()
	for range 20 {
		c.read(t, "support { __typename }")
	}
}

// Equal is who asks too, as far as the service's answer depends on that.
func TestCallsOfDifferentCallersAreSharedOnlyWhereTheServiceSaysSo(t *testing.T) {
	t.Parallel()
	callers := []string{"customer GET /v2/users/7", "stranger GET /v2/users/7", "support GET /v2/users/7"}
	for name, c := range map[string]struct {
		depends string
		calls   int
	}{"principal": {"principal", 3}, "all": {"all", 3}, "tenant": {"tenant", 3}, "nothing": {"nothing", 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startRush(t, caching(everyDoor(), "user: {depends: "+c.depends+"}"), demo.User, forAll)
			answers := p.send(t, 30, p.askAll(t, 30, callers...))
			p.release()
			for i, each := range answers() {
				as := []string{"customer", "stranger", "support"}[i%3]
				sees := bytes.Contains(each.body, []byte(`"email"`)) && bytes.Contains(each.body, []byte(`@`))
				if each.status != http.StatusOK || sees != (as != "stranger") {
					t.Errorf("%s is answered with %d %s", as, each.status, each.body)
				}
			}
			if got := len(p.services.Calls()); got != c.calls {
				t.Errorf("services were asked %d times, want %d:\n%s", got, c.calls, p.calls())
			}
		})
	}
}

func TestWhoWaitsForSomebodyElsesAnswerIsJudgedLikeAnybody(t *testing.T) {
	t.Parallel()
	p := startRush(t, limitedBy(caching(everyDoor(), trusting()...), `
rules: [{name: caller, by: principal, limit: 5, per: 1h}]
`), demo.User, forAll)
	const list, person = " GET /v2/users?ids=7,8", " { user(id: 7) { name email } }"
	requests := p.askAll(t, 40, "support"+list, "customer"+list, "nobody"+list, "stranger"+list)
	requests = append(requests, p.askAll(t, 20, "machine"+person, "admin"+person)...)
	replies := p.send(t, 15, requests)
	p.release()
	got := make(map[string]int)
	for i, each := range replies() {
		as := []string{"support", "customer", "nobody", "stranger"}[i%4]
		if i >= 40 {
			as = []string{"machine", "admin"}[i%2]
		}
		what := fmt.Sprint(as, " ", each.status)
		if each.status == http.StatusOK && bytes.Contains(each.body, []byte("@")) {
			what += " with email"
		}
		got[what]++
	}
	want := map[string]int{
		"support 200 with email": 5, "support 429": 5, "customer 403": 5, "customer 429": 5, "stranger 403": 5, "stranger 429": 5, "nobody 401": 10,
		"machine 200": 5, "machine 429": 5, "admin 200 with email": 5, "admin 429": 5,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the answers are %v, want %v", got, want)
	}
	if asked := string(p.calls()); asked != "user GET /users?ids=7\nuser GET /users?ids=7,8" {
		t.Errorf("services were asked:\n%s", asked)
	}
}

// What is for one caller is given to that one alone, also where others wait for the same.
func TestWhatMayNotBeSharedIsNotSharedWithThoseWhoWait(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		says  []string
		field string // of each request, with its number
		calls int
	}{
		"a cookie":        {[]string{"Cache-Control: public, max-age=60", "Set-Cookie: session=NUMBER"}, "", 20},
		"what is private": {[]string{"Cache-Control: private, max-age=60"}, "", 20},
		"no store":        {[]string{"Cache-Control: no-store"}, "", 20},
		"by a field":      {[]string{"Cache-Control: public, max-age=60", "Vary: X-Number"}, "X-Number", 20},
		"by everything":   {[]string{"Cache-Control: public, max-age=60", "Vary: *"}, "", 20},
		"by no field":     {[]string{"Cache-Control: public, max-age=60"}, "X-Number", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startShelf(t, "{depends: nothing}")
			free := make(chan struct{})
			var n atomic.Int32
			s.other.answers(func(w http.ResponseWriter, r *http.Request) {
				<-free
				number := strconv.Itoa(int(n.Add(1)))
				for _, field := range c.says {
					name, value, _ := strings.Cut(field, ": ")
					w.Header().Set(name, strings.ReplaceAll(value, "NUMBER", number))
				}
				_, _ = io.WriteString(w, number+" "+r.Header.Get("X-Number"))
			})
			p := &rush{program: s.program, client: &http.Client{Transport: &http.Transport{}}}
			defer p.client.CloseIdleConnections()
			requests := p.askAll(t, 20, "customer GET /s/a", "stranger GET /s/a")
			for i, each := range requests {
				if c.field != "" {
					each.Header.Set(c.field, strconv.Itoa(i))
				}
			}
			answers := p.send(t, len(requests), requests)
			close(free)
			got := make(map[string]bool)
			for i, r := range answers() {
				body := string(r.body)
				got[body] = true
				if _, number, _ := strings.Cut(body, " "); c.calls > 1 && c.field != "" && number != strconv.Itoa(i) {
					t.Errorf("request %d gets the answer to %s", i, number)
				}
				if cookie := r.header.Get("Set-Cookie"); cookie != "" && !strings.HasPrefix(body, strings.TrimPrefix(cookie, "session=")+" ") {
					t.Errorf("with %s, the answer is %s", cookie, body)
				}
			}
			if len(got) != c.calls || len(s.other.calls()) != c.calls {
				t.Errorf("20 requests get %d answers by %d calls, want %d", len(got), len(s.other.calls()), c.calls)
			}
		})
	}
}
