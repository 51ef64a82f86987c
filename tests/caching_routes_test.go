package tests

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// shelf is a service of which nothing is known, and a gateway that keeps what it answers.
type shelf struct {
	*program
	*other
}

// startShelf runs both until the test ends. The lines are settings of the service.
func startShelf(t *testing.T, cache string, settings ...string) *shelf {
	t.Helper()
	o := newOther(t)
	yaml := with(standard, "upstreams", fmt.Sprintf("other: {urls: [%q], %s}", o.URL, strings.Join(append(settings, attentive, "cache: "+cache), ", ")))
	yaml += `rest:
  routes:
    - {match: "GET /s/{path...}", upstream: other, raw: true, to: "/{path...}"}
    - {match: "GET /by/{path...}", to: "/{path...}", upstream: other, raw: true, public: true, authentication: service, forward: [Authorization, Cookie]}
`
	return &shelf{startBefore(t, nil, caching(sampleURLs.ReplaceAllString(yaml, `urls: ["http://127.0.0.1:1"]`))), o}
}

// sampleURLs are those of the sample services.
var sampleURLs = regexp.MustCompile(`urls: \["\$.*\]`)

// gets asks as a customer, unless a field says otherwise.
func (s *shelf) gets(t *testing.T, what string) reply {
	t.Helper()
	if !strings.Contains(what, " /") {
		what = "GET " + what
	}
	return s.speak(t, what)
}

// came is how many calls the service got since the last time.
func (s *shelf) came() int {
	n := len(s.other.calls())
	s.forget()
	return n
}

// serving answers with fields, and with a number that is another one each time.
func serving(fields ...string) http.HandlerFunc {
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		n++
		for _, field := range append([]string{"Content-Type: application/json"}, fields...) {
			name, value, _ := strings.Cut(field, ": ")
			w.Header().Add(name, value)
		}
		if tag := w.Header().Get("ETag"); tag != "" && r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, `{"n":`+strconv.Itoa(n)+`}`)
	}
}

func TestAnswersOfRoutesAreKeptAsTheServiceSays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cache         string
		says          []string
		first, second string // the requests
		status        int    // of the second answer
		says2         string // Cache-Status of the second
		calls         int
	}{
		"for a minute":               {"{depends: nothing}", []string{"Cache-Control: public, max-age=60"}, "/s/a", "/s/a", 200, "concierge; hit; ttl=", 1},
		"by a field for it":          {"{depends: nothing}", []string{"Cache-Control: no-store", "Concierge-Cache-Control: public, max-age=60"}, "/s/a", "/s/a", 200, "concierge; hit; ttl=", 1},
		"also for HEAD":              {"{depends: nothing}", []string{"Cache-Control: public, max-age=60"}, "/s/a", "HEAD /s/a", 200, "concierge; hit; ttl=", 1},
		"for who has it":             {"{depends: nothing}", []string{"Cache-Control: public, max-age=60", `Etag: "1"`}, "/s/a", "/s/a\nIf-None-Match: \"1\"", 304, "concierge; hit; ttl=", 1},
		"a part of it":               {"{depends: nothing}", []string{"Cache-Control: public, max-age=60", `Etag: "1"`}, "/s/a", "/s/a\nRange: bytes=0-2", 206, "concierge; hit; ttl=", 1},
		"not by HEAD":                {"{depends: nothing}", []string{"Cache-Control: public, max-age=60"}, "HEAD /s/a", "/s/a", 200, "concierge; fwd=uri-miss; stored", 2},
		"other queries":              {"{depends: nothing}", []string{"Cache-Control: public, max-age=60"}, "/s/a?b=1", "/s/a?b=2", 200, "concierge; fwd=uri-miss; stored", 2},
		"for others":                 {"{depends: nothing}", []string{"Cache-Control: public, max-age=60"}, "/s/a", "/s/a\nAs: stranger", 200, "concierge; hit; ttl=", 1},
		"for who asks":               {"{depends: principal}", []string{"Cache-Control: private, max-age=60"}, "/s/a", "/s/a", 200, "concierge; hit; ttl=", 1},
		"not for others":             {"{depends: principal}", []string{"Cache-Control: public, max-age=60"}, "/s/a", "/s/a\nAs: stranger", 200, "concierge; fwd=uri-miss; stored", 2},
		"not what is private":        {"{depends: nothing}", []string{"Cache-Control: private, max-age=60"}, "/s/a", "/s/a", 200, "concierge; fwd=uri-miss", 2},
		"no cookies":                 {"{depends: nothing}", []string{"Cache-Control: public, max-age=60", "Set-Cookie: a=b"}, "/s/a", "/s/a", 200, "concierge; fwd=uri-miss", 2},
		"nothing of silence":         {"{depends: nothing}", nil, "/s/a", "/s/a", 200, "concierge; fwd=uri-miss", 2},
		"by a setting":               {"{depends: nothing, ttl: 1m}", nil, "/by/a\nAs: nobody", "/by/a\nAs: nobody", 200, "concierge; hit; ttl=", 1},
		"by a route's":               {"{depends: nothing, routes: [{match: GET /a, ttl: 1m}]}", nil, "/by/a\nAs: nobody", "/by/a\nAs: nobody", 200, "concierge; hit; ttl=", 1},
		"not by another's":           {"{depends: nothing, routes: [{match: GET /b, ttl: 1m}]}", nil, "/by/a\nAs: nobody", "/by/a\nAs: nobody", 200, "concierge; fwd=uri-miss", 2},
		"not of a route":             {"{depends: nothing, routes: [{match: GET /a, enabled: false}]}", []string{"Cache-Control: public, max-age=60"}, "/s/a", "/s/a", 200, "", 2},
		"by a language":              {"{depends: nothing}", []string{"Cache-Control: public, max-age=60", "Vary: Accept-Language"}, "/s/a\nAccept-Language: de", "/s/a\nAccept-Language: de", 200, "concierge; hit; ttl=", 1},
		"not by another":             {"{depends: nothing}", []string{"Cache-Control: public, max-age=60", "Vary: Accept-Language"}, "/s/a\nAccept-Language: de", "/s/a\nAccept-Language: fr", 200, "concierge; fwd=vary-miss; stored", 2},
		"not by all":                 {"{depends: nothing}", []string{"Cache-Control: public, max-age=60", "Vary: *"}, "/s/a", "/s/a", 200, "concierge; fwd=uri-miss", 2},
		"no secret of somebody's":    {"{depends: nothing}", []string{"Cache-Control: max-age=60"}, "/by/a\nAs: nobody\nAuthorization: Basic YTpi", "/by/a\nAs: nobody\nAuthorization: Basic YTpi", 200, "concierge; fwd=uri-miss", 2},
		"by what somebody shows":     {"{depends: principal}", []string{"Cache-Control: public, max-age=60"}, "/by/a\nAs: nobody\nAuthorization: Basic YTpi", "/by/a\nAs: nobody\nAuthorization: Basic YTpi", 200, "concierge; hit; ttl=", 1},
		"not by what others show":    {"{depends: principal}", []string{"Cache-Control: public, max-age=60"}, "/by/a\nAs: nobody\nAuthorization: Basic YTpi", "/by/a\nAs: nobody\nAuthorization: Basic Yzpk", 200, "concierge; fwd=uri-miss; stored", 2},
		"nor by what nobody shows":   {"{depends: principal}", []string{"Cache-Control: max-age=60"}, "/by/a\nAs: nobody\nCookie: session=1", "/by/a\nAs: nobody", 200, "concierge; fwd=uri-miss; stored", 2},
		"by default, for the same":   {"{}", []string{"Cache-Control: max-age=60"}, "/s/a\nX-Request-ID: abcdefgh-1\nUser-Agent: a", "/s/a\nX-Request-ID: abcdefgh-2\nUser-Agent: a", 200, "concierge; hit; ttl=", 1},
		"by default, not for others": {"{}", []string{"Cache-Control: public, max-age=60"}, "/s/a", "/s/a\nAs: stranger", 200, "concierge; fwd=uri-miss; stored", 2},
		"by default, for no other":   {"{}", []string{"Cache-Control: public, max-age=60"}, "/s/a\nUser-Agent: a", "/s/a\nUser-Agent: b", 200, "concierge; fwd=uri-miss; stored", 2},
		"validated":                  {"{depends: nothing}", []string{"Cache-Control: public, max-age=10", "Age: 20", `Etag: "1"`}, "/s/a", "/s/a", 200, "concierge; fwd=stale; fwd-status=304", 2},
		"fetched anew":               {"{depends: nothing}", []string{"Cache-Control: public, max-age=10", "Age: 20"}, "/s/a", "/s/a", 200, "concierge; fwd=uri-miss", 2},
		"stale, meanwhile":           {"{depends: nothing}", []string{"Cache-Control: public, max-age=10, stale-while-revalidate=60", "Age: 20"}, "/s/a", "/s/a", 200, "concierge; hit; ttl=-", 2},
		"though a client wants more": {"{depends: nothing}", []string{"Cache-Control: public, max-age=60"}, "/s/a", "/s/a\nCache-Control: no-cache", 200, "concierge; hit; ttl=", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startShelf(t, c.cache)
			s.other.answers(serving(c.says...))
			first := s.gets(t, c.first)
			second := s.gets(t, c.second)
			got := second.header.Get("Cache-Status")
			if second.status != c.status || !strings.HasPrefix(got, c.says2) || c.says2 == "" && got != "" {
				t.Errorf("it is answered with %d %s and %v, want %d and %s", second.status, second.body, second.header, c.status, c.says2)
			}
			if hit := c.calls == 1; hit != (second.header.Get("Age") != "") && !strings.Contains(fmt.Sprint(c.says), "Age") {
				t.Errorf("it says that it is %q seconds old", second.header.Get("Age"))
			}
			if same := bytes.Equal(first.body, second.body); c.calls == 1 && c.status == 200 && !strings.HasPrefix(c.second, "HEAD") && !same {
				t.Errorf("it is answered with %s, and then with %s", first.body, second.body)
			}
			waitFor(t, func() string { return fmt.Sprintf("the service was asked %d times", len(s.other.calls())) }, func() bool { return len(s.other.calls()) >= c.calls })
			if n := len(s.other.calls()); n != c.calls {
				t.Errorf("the service was asked %d times, want %d", n, c.calls)
			}
		})
	}
}

func TestAnAnswerSaysHowOldItIs(t *testing.T) {
	t.Parallel()
	s := startShelf(t, "{depends: nothing}")
	s.other.answers(serving("Cache-Control: public, max-age=60", "Age: 30"))
	s.gets(t, "/s/a")
	r := s.gets(t, "/s/a")
	age, err := strconv.Atoi(r.header.Get("Age"))
	left, found := strings.CutPrefix(r.header.Get("Cache-Status"), "concierge; hit; ttl=")
	ttl, errTTL := strconv.Atoi(left)
	if err != nil || errTTL != nil || !found || age < 30 || age > 55 || age+ttl < 59 || age+ttl > 60 {
		t.Errorf("it says %v", r.header)
	}
}

func TestWhileAnOldAnswerIsGivenTheServiceIsAskedOnce(t *testing.T) {
	t.Parallel()
	s := startShelf(t, "{depends: nothing}")
	s.other.answers(serving("Cache-Control: public, max-age=10, stale-while-revalidate=60", "Age: 20"))
	first := s.gets(t, "/s/a")
	s.forget()
	hold := make(chan struct{})
	anew := serving("Cache-Control: public, max-age=60")
	s.other.answers(func(w http.ResponseWriter, r *http.Request) {
		<-hold
		w.Header().Set("X-Anew", "1")
		anew(w, r)
	})
	for range 5 {
		if r := s.gets(t, "/s/a"); !bytes.Equal(r.body, first.body) || r.header.Get("X-Anew") != "" {
			t.Errorf("meanwhile, it is answered with %s and %v", r.body, r.header)
		}
	}
	close(hold)
	waitFor(t, func() string { return "the new answer is not given" }, func() bool { return s.gets(t, "/s/a").header.Get("X-Anew") != "" })
	if n := s.came(); n != 1 {
		t.Errorf("the service was asked %d times", n)
	}
}

// What is old stands in for a service that fails, where it says so, and before what is made up.
func TestAnOldAnswerStandsInForAServiceThatFails(t *testing.T) {
	t.Parallel()
	const fallback = `fallback: {static: [{match: "GET /{path...}", body: '{"n":"made up"}'}]}`
	const old, made = `{"n":1}`, `{"n":"made up"}`
	for name, c := range map[string]struct {
		says     string
		settings []string
		fails    http.HandlerFunc // nil where it dies
		status   int
		body     string
	}{
		"answers 500":               {"max-age=10, stale-if-error=60", nil, failsWith(500), 200, old},
		"answers 503":               {"max-age=10, stale-if-error=60", nil, failsWith(503), 200, old},
		"dies":                      {"max-age=10, stale-if-error=60", nil, nil, 200, old},
		"has a fallback":            {"max-age=10, stale-if-error=60", []string{fallback}, nil, 200, old},
		"says nothing of it":        {"max-age=10", nil, nil, 503, ""},
		"says nothing, and has one": {"max-age=10", []string{fallback}, nil, 200, made},
		"forbids it":                {"max-age=10, stale-if-error=60, must-revalidate", nil, nil, 503, ""},
		"refuses":                   {"max-age=10, stale-if-error=60", nil, failsWith(403), 403, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startShelf(t, "{depends: nothing}", c.settings...)
			s.other.answers(serving("Cache-Control: public, "+c.says, "Age: 20"))
			s.gets(t, "/s/a")
			if c.fails != nil {
				s.other.answers(c.fails)
			} else {
				s.Close()
			}
			r := s.gets(t, "/s/a")
			if r.status != c.status || c.body != "" && string(r.body) != c.body {
				t.Errorf("it is answered with %d %s and %v", r.status, r.body, r.header)
			}
			if said := r.header.Get("Cache-Status"); strings.Contains(said, "stale-if-error") != (c.body == old) {
				t.Errorf("it says %s", said)
			}
			if said := r.header.Get("X-Concierge-Fallback"); (said != "") != (c.body == made) {
				t.Errorf("of who answered, it says %q", said)
			}
		})
	}
}

func failsWith(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

// A caller who may not see a record learns nothing of whether somebody else has asked for it.
func TestWhoAskedBeforeIsToldOnlyWhereEverybodySeesTheSame(t *testing.T) {
	t.Parallel()
	p := startKeeping(t, caching(everyDoor(), trusting()...), forAll)
	for range 2 {
		for what, told := range map[string]bool{
			"stranger GET /v2/orders/7": false, "stranger HEAD /v2/orders/7": false, "customer GET /v2/orders/7": false, "support GET /v2/orders/7": true,
			"stranger GET /v2/orders?ids=7": false, "stranger GET /v2/users/7": false, "customer GET /v2/users/7": false, "customer GET /v2/products/2": true,
			"stranger GET /v2/payments/4994": false, "support GET /v2/payments/4994": true, "customer GET /v2/desk/orders/7": false, "stranger GET /v2/orders/99999": false,
		} {
			if r := p.read(t, what); (r.header.Get("Cache-Status") != "") != told || r.header.Get("Age") != "" && !told {
				t.Errorf("%s is answered with %d and %v", what, r.status, r.header)
			}
		}
	}
	silent := startBefore(t, p.services, with(caching(everyDoor(), trusting()...), "cache", "status: false"))
	for range 2 {
		for _, what := range []string{"customer GET /v2/products/2", "customer { product(id: 2) { name } }"} {
			if r := silent.read(t, what); r.header.Get("Cache-Status") != "" {
				t.Errorf("%s is answered with %v though that is off", what, r.header)
			}
		}
	}
}

func TestNothingIsUsedForLongerThanItMayBeHere(t *testing.T) {
	t.Parallel()
	s := startShelf(t, "{depends: nothing}")
	s.other.answers(serving("Cache-Control: public, max-age=86400", "Age: 200"))
	s.gets(t, "/s/a")
	if r := s.gets(t, "/s/a"); !strings.HasPrefix(r.header.Get("Cache-Status"), "concierge; hit; ttl=") {
		t.Errorf("it says %v", r.header)
	} else if ttl, err := time.ParseDuration(strings.TrimPrefix(r.header.Get("Cache-Status"), "concierge; hit; ttl=") + "s"); err != nil || ttl > 5*time.Minute {
		t.Errorf("it is used for %v more: %v", ttl, err)
	}
}
