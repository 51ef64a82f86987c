package cache_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
)

// person is somebody who asks, by what of them a service could go by.
type person struct {
	id, tenant, scopes, token, language string
	known                               bool
}

func people() *rapid.Generator[person] {
	some := func(values ...string) *rapid.Generator[string] { return rapid.SampledFrom(values) }
	return rapid.Custom(func(t *rapid.T) person {
		p := person{
			known: rapid.Bool().Draw(t, "known"), token: some("", "t1", "t2").Draw(t, "token"),
			language: some("", "en", "de").Draw(t, "language"),
		}
		if p.known {
			p.id, p.tenant = some("", "1", "2").Draw(t, "id"), some("", "a", "b").Draw(t, "tenant")
			p.scopes = some("", "read", "write").Draw(t, "scopes")
		}
		return p
	})
}

// request is one of the person's, as the gateway sends it on.
func (p person) request(ctx context.Context, path string) *http.Request {
	req := asking(ctx, "GET", path)
	if p.language != "" {
		req.Header.Set("Accept-Language", p.language)
	}
	told := identity.Config{Credentials: []string{"Authorization"}}
	if p.known {
		sent := http.Header{}
		if p.token != "" {
			sent.Set("Authorization", p.token)
		}
		ctx = known(ctx, identity.Caller{ID: p.id, Tenant: p.tenant, Scopes: p.scopes, Sent: sent})
	} else if p.token != "" {
		req.Header.Set("Authorization", p.token)
	}
	if err := identity.Propagate(ctx, req.Header, told); err != nil {
		panic(err)
	}
	req.Header.Set("X-Request-Id", fmt.Sprintf("%p", req))
	return req.WithContext(ctx)
}

// part is what of a person an answer goes by that depends on some inputs.
func (p person) part(inputs sharing.Inputs) string {
	principal := fmt.Sprint("principal ", p.tenant, "/", p.id, "/", p.scopes)
	if p.id == "" {
		principal = "credentials " + p.token
	}
	switch {
	case inputs == sharing.Nothing:
		return ""
	case inputs == sharing.Tenant && p.tenant != "" && p.id != "":
		return "tenant " + p.tenant
	case inputs == sharing.Tenant, inputs == sharing.Principal:
		return principal
	case p.id == "":
		return fmt.Sprint(p.token, " ", p.language) // nothing else is sent
	default:
		return fmt.Sprintf("%+v", p)
	}
}

// kinds are how a service answers: by what it says, and by what of a person it really goes.
var kinds = map[string]struct {
	header []string
	all    bool // it goes by all of a person that it may go by, and says that it is for nobody else
	once   bool // no two answers are the same
}{
	"/silent":   {},
	"/fresh":    {header: []string{"Cache-Control", "max-age=5"}},
	"/public":   {header: []string{"Cache-Control", "public, max-age=5"}},
	"/stale":    {header: []string{"Cache-Control", "max-age=1, stale-while-revalidate=5, stale-if-error=20"}},
	"/tagged":   {header: []string{"Cache-Control", "no-cache", "Etag", `"1"`}},
	"/private":  {header: []string{"Cache-Control", "private, max-age=5"}, all: true},
	"/no-store": {header: []string{"Cache-Control", "no-store"}, all: true, once: true},
	"/cookie":   {header: []string{"Cache-Control", "public, max-age=5", "Set-Cookie", "a=b"}, all: true, once: true},
	"/any":      {header: []string{"Cache-Control", "max-age=5", "Vary", "*"}, all: true, once: true},
	"/not":      {header: []string{"Cache-Control", "max-age=5"}},
}

// step is one thing that happens.
type step struct {
	wait   time.Duration
	purged string // a path
	breaks bool   // the service begins to fail, or ends
	asked  []person
	path   string
}

func steps(paths []string) *rapid.Generator[step] {
	return rapid.Custom(func(t *rapid.T) (s step) {
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			s.wait = time.Duration(rapid.IntRange(1, 8).Draw(t, "seconds")) * time.Second
		case 1:
			s.purged = rapid.SampledFrom(paths).Draw(t, "purged")
		case 2:
			s.breaks = true
		default:
			s.asked = rapid.SliceOfN(people(), 1, 5).Draw(t, "people")
			s.path = rapid.SampledFrom(paths).Draw(t, "path")
		}
		return s
	})
}

// world is a service whose answers say for whom they were made.
type world struct {
	*service
	*opened

	inputs  sharing.Inputs
	varies  bool
	failing bool
	made    atomic.Int64
	given   map[string]bool // answers of which there is only one
}

// wanted is the service's answer to a person.
func (w *world) wanted(p person, path string) string {
	text := path + "|" + p.part(w.inputs)
	if own := w.inputs == sharing.Principal && p.id != ""; kinds[path].all && !own {
		text += "|" + p.part(sharing.All)
	}
	if w.varies {
		text += "|" + p.language
	}
	return text
}

func (w *world) answer(req *http.Request) (*http.Response, error) {
	p, _ := req.Context().Value(personKey{}).(person)
	path := req.URL.Path
	failing := w.failing
	time.Sleep(time.Second)
	if failing {
		return says(503, "failing"), nil
	}
	header, text, status := slices.Clone(kinds[path].header), w.wanted(p, path), 200
	if w.varies {
		header = append(header, "Vary", "Accept-Language")
	}
	if kinds[path].once {
		text += fmt.Sprint("|", w.made.Add(1))
	}
	switch {
	case path == "/not":
		status = 404
	case path == "/tagged" && req.Header.Get("If-None-Match") == `"1"`:
		status, text = 304, ""
	}
	return says(status, text, header...), nil
}

// take goes a step, and returns what is wrong.
func (w *world) take(ctx context.Context, s step) (wrong string) {
	time.Sleep(s.wait)
	if s.purged != "" {
		w.log.Purge(ctx, purge.ByAdmin, purge.Path("user", s.purged))
	}
	if s.breaks {
		w.failing = !w.failing
	}
	answers := make([]string, len(s.asked))
	together(len(s.asked), func(i int) {
		got, err := w.do(s.asked[i].request(context.WithValue(ctx, personKey{}, s.asked[i]), s.path))
		if answers[i] = got.body; err != nil {
			answers[i] = err.Error()
		}
	})
	for i, answer := range answers {
		if answer == "failing" {
			continue
		}
		if kinds[s.path].once {
			if w.given[answer] {
				return answer + " was given twice"
			}
			w.given[answer] = true
			answer = answer[:strings.LastIndexByte(answer, '|')]
		}
		if want := w.wanted(s.asked[i], s.path); answer != want {
			return fmt.Sprintf("%+v got %q, want %q", s.asked[i], answer, want)
		}
	}
	return ""
}

type personKey struct{}

// Whatever a service answers, to whom and at which time, nobody gets an answer that was made for somebody for whom the service
// would have answered otherwise.
func TestNobodySeesAnAnswerThatWasMadeForOthers(t *testing.T) {
	paths := slices.Sorted(maps.Keys(kinds))
	rapid.Check(t, func(rt *rapid.T) {
		inputs := rapid.SampledFrom([]sharing.Inputs{"", sharing.All, sharing.Principal, sharing.Tenant, sharing.Nothing}).Draw(rt, "inputs")
		w := &world{service: new(service), inputs: inputs, varies: rapid.Bool().Draw(rt, "varies"), given: make(map[string]bool)}
		whole := rapid.SampledFrom([]int64{0, 1 << 20}).Draw(rt, "whole")
		all := rapid.SliceOfN(steps(paths), 1, 8).Draw(rt, "steps")
		wrong := ""
		synctest.Test(t, func(t *testing.T) {
			w.service.answer = w.answer
			w.opened = open(t, w.service, func(s *setting) {
				s.config.Depends, s.whole, s.calls.Keys = inputs, whole, []any{personKey{}}
			})
			for _, each := range all {
				if wrong = w.take(t.Context(), each); wrong != "" {
					return
				}
			}
		})
		if wrong != "" {
			rt.Fatal(wrong)
		}
	})
}

// What an answer is for is more than what of its caller it depends on.
func TestAnswersAreToldApartByMoreThanTheirCallers(t *testing.T) {
	ask := func(counted ...string) func(o *opened, caller identity.Caller, header ...string) got {
		return func(o *opened, caller identity.Caller, header ...string) got {
			ctx := context.WithValue(known(context.Background(), caller), sharing.CountedKey{}, counted)
			g, err := o.do(asking(ctx, "GET", "/users", header...))
			if err != nil {
				panic(err)
			}
			return g
		}
	}
	for name, tt := range map[string]struct {
		ask    func(o *opened, caller identity.Caller, header ...string) got
		inputs sharing.Inputs
		field  string
	}{
		"the host that was asked":                {ask(), sharing.Nothing, "X-Forwarded-Host"},
		"the scheme":                             {ask(), sharing.Tenant, "X-Forwarded-Proto"},
		"what a route makes":                     {ask("X-View"), sharing.Nothing, "X-View"},
		"a credential that the service asks for": {ask(), sharing.Principal, "X-Session"},
		"the same of a tenant's":                 {ask(), sharing.Tenant, "X-Session"},
	} {
		t.Run(name, func(t *testing.T) {
			s := new(service)
			s.answer = func(req *http.Request) (*http.Response, error) {
				return says(200, req.Header.Get(tt.field), "Cache-Control", "public, max-age=60"), nil
			}
			o := open(t, s, func(s *setting) { s.config.Depends, s.credentials = tt.inputs, []string{"X-Session"} })
			for range 2 {
				for _, value := range []string{"a", "b"} {
					if got := tt.ask(o, identity.Caller{}, tt.field, value); got.body != value {
						t.Errorf("who sent %s got the answer to %s", value, got.body)
					}
				}
			}
			if s.calls.Load() != 2 {
				t.Errorf("%d calls, want each question asked once", s.calls.Load())
			}
		})
	}
}

// A service that makes variables of names takes Accept_Language for Accept-Language, by which the next one who asks is not told apart.
func TestWhatIsAskedByAFieldOfTwoReadingsIsForNobodyElse(t *testing.T) {
	s := always(200, "de", "Cache-Control", "max-age=60", "Vary", "Accept-Language")
	o := open(t, s)
	for range 2 {
		if got := o.get(t, "/users", "Accept_language", "de"); got.served {
			t.Error("it is given again")
		}
	}
	o.get(t, "/users")
	if s.calls.Load() != 3 {
		t.Errorf("%d calls", s.calls.Load())
	}
}

func TestAnAnswerInAnotherFormOfJSONIsForThoseWhoAskAlike(t *testing.T) {
	for contentType, shared := range map[string]bool{
		"application/json": true, "application/json; charset=utf-8": true, "Application/JSON;charset=UTF-8": true,
		"application/json; version=2": false, "application/hal+json": false, "application/problem+json": false, "text/html": false, "": false,
	} {
		s := always(200, "{}", "Cache-Control", "max-age=60", "Content-Type", contentType)
		o := open(t, s)
		o.get(t, "/users", "Accept", "application/hal+json")
		if got := o.get(t, "/users", "Accept", "application/json"); got.served != shared {
			t.Errorf("%q is given to others: %t", contentType, got.served)
		}
	}
}

func TestNobodyIsToldWhatNamesTheRequestOfAnother(t *testing.T) {
	o := open(t, always(200, "x", "Cache-Control", "max-age=60", "X-Request-Id", "a", "Traceparent", "a", "Tracestate", "a",
		"Traceresponse", "a", "Server-Timing", "a", "Authentication-Info", "a", "X-Gateway-Token", "a", "X-Version", "a"))
	first, again := o.get(t, "/users"), o.get(t, "/users")
	if len(first.header) < 9 || !again.served {
		t.Fatalf("%v, and then %v", first.header, again.header)
	}
	for name, values := range again.header {
		if slices.Equal(values, []string{"a"}) && name != "X-Version" {
			t.Errorf("%s is given to another", name)
		}
	}
}
