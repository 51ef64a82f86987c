package passthrough

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/passthrough/proxy"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/ratelimit/memory"
)

// minutely limits fields, each for a caller and a minute: User.email=2.
func minutely(t testing.TB, fields string) *ratelimit.Fields {
	t.Helper()
	configured := make(map[string][]ratelimit.Limit)
	for each := range strings.FieldsSeq(fields) {
		var limit ratelimit.Limit
		name, most, _ := strings.Cut(each, "=")
		if _, err := fmt.Sscan(most, &limit.Limit); err != nil {
			t.Fatal(err)
		}
		if err := limit.Per.UnmarshalText([]byte("1m")); err != nil {
			t.Fatal(err)
		}
		limit.By = ratelimit.ByPrincipal
		configured[name] = []ratelimit.Limit{limit}
	}
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	fieldsOf, err := ratelimit.ReadFields(schema, configured, func(*ast.Definition, *ast.FieldDefinition) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return fieldsOf
}

// limited is a door before a service, where fields are read only so often. It tells shown what it shows.
func limited(t testing.TB, s http.RoundTripper, fields string, routes ...Route) (d *door, shown *[]string) {
	t.Helper()
	limits := minutely(t, fields)
	policy, err := shownWith(limits)
	if err != nil {
		t.Fatal(err)
	}
	config := DefaultConfig()
	config.Routes, shown = routes, new([]string)
	d = openedWith(t, config, func(string) http.RoundTripper { return s }, func(p *Parts) {
		p.Policy = policy
		p.Shown = func(_ context.Context, typeName string, records int) {
			*shown = append(*shown, fmt.Sprint(typeName, " ", records))
		}
	})
	limiter := ratelimit.New(ratelimit.Config{Mode: ratelimit.Enforce}, ratelimit.Parts{
		Store: memory.New(memory.DefaultConfig(), nil), Fields: limits, Within: time.Second, Registry: prometheus.NewRegistry(),
		Log: slog.New(slog.DiscardHandler),
	})
	next := d.Handler
	d.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, ratelimit.With(r, limiter.Open(ratelimit.Who{Principal: auth.FromContext(r.Context()).ID})))
	})
	return d, shown
}

// mails are who of the users in a text has an email there.
func mails(text string) string {
	var found []string
	for each := range strings.SplitSeq(text, `"id":`) {
		if strings.Contains(each, `"email"`) {
			found = append(found, each[:1])
		}
	}
	return strings.Join(found, "")
}

const eachUser = `[` + userSeven + `,` + userEight + `,` + userSeven + `]`

func TestOverItsLimitAFieldIsLeftOutOfTheRecordAndOfAllThatFollow(t *testing.T) {
	d, shown := limited(t, says(eachUser), "User.email=5", users(nil))
	if w := d.ask(t, "GET", "/users/7?limit=50", ""); w.Body.String() != eachUser {
		t.Errorf("first it is %s", w.Body)
	}
	w := d.ask(t, "GET", "/users/7?limit=50", "")
	if w.Code != 200 || mails(w.Body.String()) != "78" || strings.Count(w.Body.String(), "phone") != 3 {
		t.Errorf("then it is %d %s", w.Code, w.Body)
	}
	if w := d.askAs(t, ada("users:pii"), "GET", "/users/7", ""); mails(w.Body.String()) != "787" {
		t.Errorf("another caller gets %s", w.Body)
	}
	counted(t, d, "concierge_rest_limited_fields_total", `concierge_rest_limited_fields_total{route="GET /users/{id}"} 1`)
	if diff := cmp.Diff([]string{"User 3", "User 3", "User 3"}, *shown); diff != "" {
		t.Error(diff)
	}
}

// Of an answer that lacks something nothing is kept, and it cannot be taken for one that does not.
func TestTheHeaderTellsAnAnswerThatLacksSomethingFromAWholeOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{body: userSeven, header: http.Header{"Etag": {`"a"`}, "Cache-Control": {"max-age=60"}, "Last-Modified": {"then"}}}
		d, _ := limited(t, s, "User.email=1", users(nil))
		for i, want := range [][]string{
			{"", "then", "private, max-age=60", ""}, {`"User.email";t=60`, "", "no-store", ""},
		} {
			h := d.ask(t, "GET", "/users/7", "").Header()
			got := []string{h.Get(proxy.LimitedHeader), h.Get("Last-Modified"), h.Get("Cache-Control"), h.Get("Retry-After")}
			if diff := cmp.Diff(want, got); diff != "" || (h.Get("ETag") == "") != (i == 1) {
				t.Errorf("the answer %d: %v %s", i, h, diff)
			}
		}
	})
}

func TestWhatWasTakenAheadIsGivenBack(t *testing.T) {
	s := &service{body: eachUser}
	d, _ := limited(t, s, "User.email=6", users(nil))
	for i, want := range []string{"787", "787", ""} {
		if got := mails(d.ask(t, "GET", "/users/7?limit=6", "").Body.String()); got != want {
			t.Errorf("the answer %d has %q, want %q", i, got, want)
		}
	}
}

func TestALimitIsOverInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := limited(t, says(userSeven), "User.email=1", users(nil))
		d.ask(t, "GET", "/users/7", "")
		time.Sleep(20 * time.Second)
		if got := d.ask(t, "GET", "/users/7", "").Header().Get(proxy.LimitedHeader); got != `"User.email";t=40` {
			t.Errorf("the answer lacks %s", got)
		}
		time.Sleep(40 * time.Second)
		if got := d.ask(t, "GET", "/users/7", ""); mails(got.Body.String()) != "7" {
			t.Errorf("then it is %s", got.Body)
		}
	})
}

func TestWhatShowsNothingCostsNothing(t *testing.T) {
	s := &service{body: userSeven, header: http.Header{"Etag": {`"a"`}}}
	d, shown := limited(t, s, "User.email=1 User.address=1 Order.user=1 Payment.amount=1", users(nil), orders(nil), payments(nil))
	d.records.users = buyers()
	d.ask(t, "HEAD", "/users/7", "")
	s.status = 304
	if w := d.ask(t, "GET", "/users/7", "", "If-None-Match", `"a"`); w.Code != 304 || w.Header().Get("Cache-Control") == "no-store" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	s.status = 404
	d.ask(t, "GET", "/users/7", "")
	s.status = 0
	d.askAs(t, auth.Principal{ID: "desk"}, "GET", "/users/7", "") // who may not see it
	s.body = `{"id":7}`
	d.ask(t, "GET", "/users/7", "")
	s.body = userSeven
	if w := d.ask(t, "GET", "/users/7", ""); w.Body.String() != userSeven {
		t.Errorf("the first time that it is shown: %s", w.Body)
	}

	s.body = orderEight
	d.askAs(t, ada(), "GET", "/orders/80", "") // somebody else's
	s.body = orderSeven
	d.askAs(t, ada(), "HEAD", "/orders/70", "") // which is read
	if w := d.askAs(t, ada(), "GET", "/orders/70", ""); w.Body.String() != orderSeven {
		t.Errorf("the first time that it is shown: %s", w.Body)
	}

	s.body = `[` + paidSeven + `,` + paidEight + `]` // which is read twice
	if w := d.askAs(t, ada(), "GET", "/payments/700", ""); !strings.Contains(w.Body.String(), "amount") {
		t.Errorf("the first time that it is shown: %s", w.Body)
	}
	if w := d.askAs(t, ada(), "GET", "/payments/700", ""); strings.Contains(w.Body.String(), "amount") {
		t.Errorf("the second time: %s", w.Body)
	}
	want := []string{"User 1", "User 1", "User 1", "Order 1", "Payment 1", "Payment 1"}
	if diff := cmp.Diff(want, *shown); diff != "" {
		t.Error(diff)
	}
}

func TestOfALongAnswerTheTrailerTellsWhatItLacks(t *testing.T) {
	long := `[` + strings.Repeat(userSeven+`,`, 1000) + userSeven + `]`
	d, _ := limited(t, &service{body: long, header: http.Header{"Etag": {`"a"`}}}, "User.email=400", users(nil))
	for i := range 2 {
		w := d.ask(t, "GET", "/users/7", "", "TE", "trailers")
		if h := w.Header(); h.Get("ETag") != "" || h.Get("Cache-Control") != "no-store" || h.Get("Trailer") != proxy.LimitedHeader {
			t.Errorf("the header is %v", h)
		}
		if got := w.Result().Trailer.Get(proxy.LimitedHeader); !strings.HasPrefix(got, `"User.email";t=`) {
			t.Errorf("the trailer is %v", w.Result().Trailer)
		}
		if got, want := len(mails(w.Body.String())), 400*(1-i); got != want {
			t.Errorf("the answer %d has %d, want %d", i, got, want)
		}
	}
}

func TestALimitIsObeyedInPartsUnderOtherNamesAndAfterWrites(t *testing.T) {
	parts := users(func(r *Route) {
		r.Match, r.Returns, r.Parts, r.Rename = "GET /both", "", map[string]string{"/all": "User", "/own": "User"}, map[string]string{"email": "contact/mail"}
	})
	s := says(`{"all":[` + userEight + `,` + userSeven + `],"own":` + userSeven + `}`)
	d, shown := limited(t, s, "User.email=2", parts, profile(nil), users(nil))
	w := d.ask(t, "GET", "/both", "")
	all, own, _ := strings.Cut(w.Body.String(), "own")
	if strings.Count(all, `"mail"`) != 2 || strings.Contains(own, "contact") {
		t.Errorf("in parts: %s", w.Body)
	}
	if diff := cmp.Diff([]string{"User 2", "User 1"}, *shown); diff != "" {
		t.Error(diff)
	}
	s.body = userSeven
	caller := ada()
	for i, want := range []string{"7", "7", ""} {
		w := d.askAs(t, caller, "PATCH", "/me", `{"name":"Ada"}`)
		if w.Code != 200 || mails(w.Body.String()) != want || (w.Header().Get(proxy.LimitedHeader) == "") != (want != "") {
			t.Errorf("the write %d: %d %v %s", i, w.Code, w.Header(), w.Body)
		}
	}
}

func TestAWriteThatIsDoneTooOftenIsNotSent(t *testing.T) {
	s := says(userSeven)
	d, _ := limited(t, s, "Mutation.updateProfile=1", profile(nil))
	if w := d.askAs(t, ada(), "PATCH", "/me", `{"role":"admin"}`); w.Code != 400 { // which costs nothing
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := d.askAs(t, ada(), "PATCH", "/me", `{"name":"Ada"}`); w.Code != 200 || len(s.asked) != 1 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w := d.askAs(t, ada(), "PATCH", "/me", `{"name":"Ada"}`)
	if w.Code != 429 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "RATE_LIMITED") || len(s.asked) != 1 {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if !strings.Contains(w.Body.String(), `"violated-policies":["Mutation.updateProfile"]`) {
		t.Errorf("the problem is %s", w.Body)
	}
}

func TestAnswersThatMayLackSomethingAreNotForEverybody(t *testing.T) {
	d, _ := limited(t, &service{body: `{"id":3,"stock":4}`, header: http.Header{"Cache-Control": {"public"}}}, "Product.stock=1", products(nil))
	for _, want := range []string{"private", "no-store"} {
		w := d.askAs(t, ada(), "GET", "/products/3", "")
		if got := w.Header().Get("Cache-Control"); got != want || !slices.Contains(w.Header().Values("Vary"), "Authorization") {
			t.Errorf("got %v, want %s: %s", w.Header(), want, w.Body)
		}
	}
}

func TestWhereNothingIsLimitedNothingIsHeldBack(t *testing.T) {
	d, _ := limited(t, &service{body: userSeven, header: http.Header{"Etag": {`"a"`}}}, "User.email=1", users(nil))
	for range 2 { // without an account
		r := httptest.NewRequestWithContext(by(t.Context(), desk()), "GET", "/users/7", nil)
		w := httptest.NewRecorder()
		d.Door.ServeHTTP(w, r)
		if w.Body.String() != userSeven || w.Header().Get("ETag") == "" {
			t.Errorf("%v %s", w.Header(), w.Body)
		}
	}
}

func TestWhatIsShownOnlySoOftenIsExposedByNoOtherWay(t *testing.T) {
	policy, err := shownWith(minutely(t, "Product.stock=1 Order.user=1"))
	if err != nil {
		t.Fatal(err)
	}
	const member = "is a member that callers may read only so often: let the route return the type that has it, which says how often"
	for name, c := range map[string]struct {
		route Route
		want  []string
	}{
		"beside the type": {products(func(r *Route) { r.Expose = []string{"stock"} }), []string{"routes[0].expose[0]: " + member}},
		"without it":      {products(func(r *Route) { r.Returns, r.Public, r.Expose = "", true, []string{"stock"} }), []string{"routes[0].expose[0]: " + member}},
		"as a place":      {products(func(r *Route) { r.Returns, r.Parts = "", map[string]string{"/stock": "Product"} }), []string{"routes[0].parts./stock: " + member}},
		"of another":      {products(func(r *Route) { r.Expose = []string{"user_id", "note"} }), nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := around(t)
			a.Policy = policy
			var got []string
			Compile(Config{Routes: []Route{c.route}}, a, nil, func(path, message string) { got = append(got, path+": "+message) })
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheSizeOfAPageIsWhatTheServiceIsAskedFor(t *testing.T) {
	for query, want := range map[string]int64{
		"": usualPage, "limit=7": 7, "limit=0": usualPage, "limit=-1": usualPage, "limit=x": usualPage, "limit=5000": longestPage, "first=7": usualPage,
		"a=1&limit=9": 9, "limit=%zz": usualPage,
	} {
		if got := pageSize(query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
}

// However many callers share a limit, and however their pages are cut, no more is shown of a field than its limit says, and as much
// as that: what is left out is said.
func TestNoMoreIsShownThanALimitAllows(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		most := rapid.IntRange(1, 12).Draw(rt, "limit")
		s := &service{}
		d, _ := limited(t, s, fmt.Sprintf("User.email=%d User.phone=%d", most, most+3), users(nil))
		var emails, phones, would int
		for range rapid.IntRange(1, 5).Draw(rt, "requests") {
			var page []string
			for range rapid.IntRange(0, 6).Draw(rt, "records") {
				page = append(page, rapid.SampledFrom([]string{userSeven, userEight, `{"id":9}`}).Draw(rt, "record"))
			}
			s.body = `[` + strings.Join(page, ",") + `]`
			w := d.ask(t, "GET", fmt.Sprintf("/users/7?limit=%d", rapid.IntRange(1, 9).Draw(rt, "limit")), "")
			if !json.Valid(w.Body.Bytes()) {
				rt.Fatalf("got %s", w.Body)
			}
			e, p := strings.Count(w.Body.String(), `"email"`), strings.Count(w.Body.String(), `"phone"`)
			had := strings.Count(s.body, `"email"`)
			emails, phones, would = emails+e, phones+p, would+had
			said := w.Header().Get(proxy.LimitedHeader)
			if strings.Contains(said, "User.email") != (e < had) || strings.Contains(said, "User.phone") != (p < had) {
				rt.Errorf("of %d emails and phones, %d and %d are shown, and it says %q", had, e, p, said)
			}
			if (said == "") != (w.Header().Get("Cache-Control") != "no-store") {
				rt.Errorf("it says %q, and the header is %v", said, w.Header())
			}
		}
		if emails != min(most, would) || phones != min(most+3, would) {
			rt.Errorf("of %d, %d emails and %d phones are shown, and the limits are %d and %d", would, emails, phones, most, most+3)
		}
	})
}

// What a page costs, without a meter and with two that grant everything.
func BenchmarkAPage(b *testing.B) { page(b, "Product.stock=1") }

func BenchmarkAPageThatIsCounted(b *testing.B) {
	page(b, "User.email=1000000000 User.phone=1000000000")
}

func page(b *testing.B, fields string) {
	b.Helper()
	d, _ := limited(b, says(`[`+strings.Repeat(userEight+`,`, 49)+userEight+`]`), fields, users(nil))
	r := httptest.NewRequestWithContext(by(b.Context(), desk()), "GET", "/users/1?limit=50", nil)
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		d.Handler.ServeHTTP(w, r)
		if w.Code != 200 || w.Header().Get(proxy.LimitedHeader) != "" {
			b.Fatal(w.Code, w.Header())
		}
	}
}
