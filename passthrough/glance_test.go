package passthrough

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// choosing is a service that answers by what it is sent, as its header says.
type choosing struct {
	vary, control string
	asked         int
}

func (c *choosing) RoundTrip(r *http.Request) (*http.Response, error) {
	c.asked++
	tag := fmt.Sprintf("\"%d\"", c.asked/3+3)
	var said []string
	for name := range strings.SplitSeq(c.vary, ", ") {
		said = append(said, r.Header[name]...)
	}
	text := fmt.Sprintf(`{"id":3,"name":%q,"sku":%q,"price":"1","secret":1}`, fmt.Sprint(c.asked, said), r.URL.RequestURI())
	res := &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Request: r,
		ContentLength: int64(len(text)), Body: attempt.NewWhole([]byte(text), true),
		Header: http.Header{
			"Content-Type": {"application/json"}, "Cache-Control": {c.control}, "Etag": {tag}, "Vary": {c.vary},
			"Date": {time.Now().UTC().Format(http.TimeFormat)}, "X-Ratelimit-Limit": {"7"}, "Server-Timing": {"all;dur=1"},
			"X-Served-By": {"shop"}, "Cache-Status": {"shop; fwd=miss"}, "Access-Control-Allow-Origin": {"*"}, "Link": {"</>"},
		},
	}
	switch {
	case r.URL.Path == "/products/4":
		res.StatusCode = http.StatusNotFound
	case slices.Contains(r.Header["If-None-Match"], tag):
		res.StatusCode, res.ContentLength, res.Body = http.StatusNotModified, 0, http.NoBody
	}
	return res, nil
}

// blind is a way on which nothing can be seen at a glance.
type blind struct{ http.RoundTripper }

// counting counts what was found at a glance.
type counting struct {
	http.RoundTripper

	found int
}

func (c *counting) Glance(g cache.Glance) (kept cache.Kept, ok bool) {
	if kept, ok = c.RoundTripper.(cache.Glancer).Glance(g); ok {
		c.found++
	}
	return kept, ok
}

// drawRequest is a read that may say anything by which answers are chosen, kept or refused, unless it is a calm one.
func drawRequest(t *rapid.T, calm bool) *http.Request {
	method := rapid.SampledFrom([]string{"GET", "GET", "GET", "GET", "HEAD"}).Draw(t, "method")
	targets := []string{"/products/3", "/products/3", "/products/3?a=b", "/products/4", "/products/a%21b"}
	target := rapid.SampledFrom(targets).Draw(t, "target")
	r := httptest.NewRequest(method, target, nil)
	r.Body = http.NoBody
	r.Header.Set("User-Agent", "test")
	some := map[string][]string{
		"Accept": {"application/json", "*/*"}, "Accept-Encoding": {"gzip", "identity"}, "Accept-Language": {"de", "en"},
		"Origin": {"https://a.example"}, "If-None-Match": {`"3"`, `W/"3"`, "*"}, "If-Match": {"*"},
		"If-Modified-Since": {"Sat, 01 Jan 2000 00:00:00 GMT"}, "Range": {"bytes=0-3", "bytes=900-"},
		"Cache-Control": {"no-cache", "max-age=0", "only-if-cached", "no-store", "min-fresh=40"}, "Pragma": {"no-cache"},
		"Connection": {"keep-alive", "Accept", "close"},
		"Via":        {"1.1 other", "1.1 concierge"}, "Accept_Language": {"fr"}, "X-Http-Method-Override": {"DELETE"}, "Upgrade": {"h2c"},
		"Te": {"trailers"}, "Authorization": {"Bearer x"}, "X-Tenant": {"a", "b"}, "X-User-Id": {"1"}, "Cookie": {"a=b"},
		"X-Forwarded-Host": {"evil.example"}, "Api-Version": {"1"},
	}
	for _, name := range slices.Sorted(maps.Keys(some)) {
		if !calm && rapid.IntRange(0, 6).Draw(t, name) == 0 {
			r.Header[name] = []string{rapid.SampledFrom(some[name]).Draw(t, "of "+name)}
		}
	}
	return r
}

// What is found at a glance is what the request that were made would have found: two doors that differ in nothing else answer
// alike, and ask the service for the same.
func TestAnAnswerThatIsSeenAtAGlanceIsTheOneThatARequestWouldFind(t *testing.T) {
	routes := map[string]Route{
		"raw": catalog(),
		"forwarding": {
			Match: "GET /products/{id}", VersionBy: []string{byPath}, Upstream: "search", Raw: true, Public: true,
			Forward: []string{"Authorization", "Cookie"},
		},
		"filtered": products(nil),
		"renamed": products(func(r *Route) {
			r.Rename, r.Response.Add = map[string]string{"sku": "article"}, map[string]string{"kind": `"product"`}
		}),
		"echoing": products(func(r *Route) { r.Response.Add = map[string]string{"said": "{query.a}"} }),
		"scoped":  products(func(r *Route) { r.Scopes = []string{"users:read"} }),
		"versioned": products(func(r *Route) {
			r.Version, r.VersionBy, r.Default = "v1", []string{byHeader, byMediaType}, true
		}),
		"edited": products(func(r *Route) {
			r.Request.Headers.Set = map[string]string{"Accept-Language": "{query.a}"}
			r.Response.Headers.Set = map[string]string{"X-Said": "{query.a}"}
		}),
		"dropping": products(func(r *Route) { r.Request.Query.Drop = []string{"a"} }),
		"people":   users(func(r *Route) { r.Match, r.To = "GET /products/{id}", "/products/{id}" }),
	}
	for name, route := range routes {
		t.Run(name, func(t *testing.T) {
			found := 0
			rapid.Check(t, func(rt *rapid.T) {
				story := drawStory(rt)
				synctest.Test(t, func(t *testing.T) {
					more, difference := story.tell(t, route)
					if difference != "" {
						rt.Log(difference)
						t.Fatal(difference)
					}
					found += more
				})
			})
			if name != "edited" && found == 0 {
				t.Error("no answer was seen at a glance")
			}
		})
	}
}

// story is what is asked of a service, by whom and when.
type story struct {
	service  choosing
	depends  sharing.Inputs
	requests []*http.Request
	callers  []auth.Principal
	pauses   []time.Duration
	purged   []bool // before the request
}

func drawStory(t *rapid.T) (s story) {
	s.service.vary = rapid.SampledFrom([]string{
		"", "Accept", "Accept-Encoding", "Accept-Language, Origin", "X-Tenant", "Authorization",
	}).Draw(t, "vary")
	s.service.control = rapid.SampledFrom([]string{
		"max-age=60", "public, max-age=60, s-maxage=50", "private, max-age=60", "no-store", "no-cache",
		"max-age=1, stale-while-revalidate=60", "max-age=1, stale-if-error=60", "max-age=30, must-revalidate",
	}).Draw(t, "control")
	s.depends = rapid.SampledFrom([]sharing.Inputs{
		sharing.Nothing, sharing.Nothing, sharing.Tenant, sharing.Principal, sharing.All,
	}).Draw(t, "depends")
	callers := []auth.Principal{
		{}, desk(), desk(), {ID: "7", Tenant: "a"}, {ID: "8", Tenant: "a", Scopes: []string{"users:read"}}, hasty,
	}
	pauses := []time.Duration{0, 0, time.Second, 45 * time.Second}
	calm := rapid.Bool().Draw(t, "calm")
	if calm {
		callers = []auth.Principal{rapid.SampledFrom(callers).Draw(t, "who")}
	}
	for range rapid.IntRange(1, 10).Draw(t, "requests") {
		s.requests = append(s.requests, drawRequest(t, calm))
		s.callers = append(s.callers, rapid.SampledFrom(callers).Draw(t, "caller"))
		s.pauses = append(s.pauses, rapid.SampledFrom(pauses).Draw(t, "pause"))
		s.purged = append(s.purged, rapid.IntRange(0, 5).Draw(t, "purged") == 0)
	}
	return s
}

// hasty is a caller who may have what is new.
var hasty = auth.Principal{ID: "9", Tenant: "b"}

func isHasty(ctx context.Context) rules.Wish {
	if auth.FromContext(ctx).ID == hasty.ID {
		return rules.NoCache
	}
	return rules.Any
}

// tell asks two doors the same, of which one sees nothing at a glance. It says how much the other one has seen, and in what they
// differ.
func (s story) tell(t *testing.T, route Route) (found int, difference string) {
	t.Helper()
	seeing, unseeing := s.service, s.service
	shelves := [2]*shelf{shelfOf(t, &seeing, s.depends, isHasty), shelfOf(t, &unseeing, s.depends, isHasty)}
	glances := &counting{RoundTripper: shelves[0]}
	one, other := opened(t, glances, route), opened(t, blind{shelves[1]}, route)
	for i, request := range s.requests {
		time.Sleep(s.pauses[i])
		for _, each := range shelves {
			if s.purged[i] {
				each.purges.Purge(t.Context(), purge.ByWrite, purge.Path("product", "/products/3"))
			}
		}
		a, b := s.ask(t, one, i), s.ask(t, other, i)
		synctest.Wait() // for what is asked anew behind the answers
		difference := cmp.Diff(b.Header(), a.Header())
		if difference != "" || a.Code != b.Code || a.Body.String() != b.Body.String() {
			return 0, fmt.Sprintf("%s %s %v: a glance gives %d %s, a request %d %s; header:\n%s",
				request.Method, request.URL, request.Header, a.Code, a.Body, b.Code, b.Body, difference)
		}
		if seeing.asked != unseeing.asked {
			return 0, fmt.Sprintf("%s %s %v: the service was asked %d times, and %d times without glances",
				request.Method, request.URL, request.Header, seeing.asked, unseeing.asked)
		}
	}
	return glances.found, cmp.Diff(noticeOf(t, other, shelves[1]), noticeOf(t, one, shelves[0]))
}

// notice is what an operator is told of a door's requests.
type notice struct {
	Denied  []string
	Log     string
	Events  []middleware.Event
	Counted map[string]float64
}

func noticeOf(t *testing.T, d *door, s *shelf) notice {
	t.Helper()
	return notice{d.denied(t), d.log.String(), d.events, sums(t, d.registry, s.counted)}
}

// sums are all that is counted, by names and labels.
func sums(t *testing.T, registries ...prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := prometheus.Gatherers(registries).Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]float64)
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			all[fmt.Sprint(family.GetName(), metric.GetLabel())] = metric.GetCounter().GetValue() + float64(metric.GetHistogram().GetSampleCount())
		}
	}
	return all
}

// ask sends a request to one of the doors, before which the gateway has begun an answer.
func (s story) ask(t *testing.T, d *door, i int) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	w.Header().Set("Access-Control-Allow-Origin", "https://a.example")
	w.Header().Set("X-Frame-Options", "DENY")
	by := s.callers[i]
	ctx := correlation.With(t.Context(), correlation.Correlation{RequestID: "r"})
	known := &identity.Caller{ID: by.ID, Scopes: strings.Join(by.Scopes, " "), Tenant: by.Tenant}
	ctx = identity.With(auth.WithPrincipal(ctx, by), known)
	d.Handler.ServeHTTP(w, s.requests[i].Clone(ctx))
	return w
}

func TestWhatEverybodyIsGivenIsMadeOnceAndToldEachTime(t *testing.T) {
	told := 0
	config := DefaultConfig()
	config.Routes = []Route{products(nil)}
	way := keeping(t, atHand{})
	d := openedWith(t, config, func(string) http.RoundTripper { return way }, func(p *Parts) {
		p.Shown = func(_ context.Context, typeName string, records int) {
			if typeName == "Product" {
				told += records
			}
		}
	})
	first := d.ask(t, "GET", "/products/3", "").Body.String()
	for range 3 {
		w := d.ask(t, "GET", "/products/3", "")
		if w.Body.String() != first || w.Header().Get("Content-Length") != strconv.Itoa(len(first)) {
			t.Errorf("got %v %s, want what was given first: %s", w.Header(), w.Body, first)
		}
	}
	if told != 4 {
		t.Errorf("told of %d records that were shown, want 4", told)
	}
}

func TestNobodyLooksAtAGlanceWhereNothingIsEverFound(t *testing.T) {
	var v vain
	for range inVain {
		if !v.worth() {
			t.Fatal("it is given up too soon")
		}
		v.note(false)
	}
	looks := 0
	for range 10 * seldom {
		if v.worth() {
			looks++
		}
	}
	if looks > 5*seldom {
		t.Errorf("looked %d times of %d", looks, 10*seldom)
	}
	v.note(true)
	if !v.worth() {
		t.Error("what was found once is not looked for again")
	}
}
