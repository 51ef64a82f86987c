package passthrough

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/middleware"
)

// heard is an answer as it comes over the wire to a caller, without what differs between any two.
func (d *door) heard(t *testing.T, caller auth.Principal, method, target, body string, header ...string) string {
	t.Helper()
	server := httptest.NewServer(middleware.RequestID(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.Handler.ServeHTTP(w, r.WithContext(by(r.Context(), caller)))
	})))
	defer server.Close()
	early := ""
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
		early += http.StatusText(code)
		return nil
	}})
	r, err := http.NewRequestWithContext(ctx, method, server.URL+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := httputil.DumpResponse(res, true)
	if err != nil {
		t.Fatal(err)
	}
	return early + regexp.MustCompile(`(?m)^(X-Request-Id|Date): .*\r\n|"request_id":"[^"]*"`).ReplaceAllString(string(text), "")
}

// early says something before it answers.
type early struct{ http.RoundTripper }

func (e early) RoundTrip(r *http.Request) (*http.Response, error) {
	if says, ok := r.Context().(interface {
		Informational(code int, header textproto.MIMEHeader) error
	}); ok {
		_ = says.Informational(http.StatusEarlyHints, textproto.MIMEHeader{"Link": {"</secret>"}})
	}
	return e.RoundTripper.RoundTrip(r)
}

func TestARecordOfSomebodyElseIsAnsweredAsIfThereWereNone(t *testing.T) {
	loud := http.Header{
		"Etag": {`"secret"`}, "Last-Modified": {"Thu, 01 Jan 2026 00:00:00 GMT"}, "Cache-Control": {"public, max-age=60"}, "Vary": {"Accept"},
		"X-Secret": {"secret"}, "Link": {"</secret>"}, "Set-Cookie": {"secret=1"}, "Retry-After": {"7"}, "Server-Timing": {"secret"},
	}
	missing := &service{
		status: 404, header: loud, body: `{"detail":"secret","errors":[{"field":"id","code":"UNKNOWN"}]}`,
	}
	versioned := func(r *Route) {
		r.Version, r.VersionBy, r.Default = "v1", []string{byPath, byHeader}, true
		r.Deprecated, r.Sunset = day(2026, 1, 1), day(2090, 1, 1)
		r.Response.Headers.Set = map[string]string{"X-Page": "{query.page}"}
		r.Response.Add = map[string]string{"n": "{query.n:number}"}
		r.Rename = map[string]string{"status": "state"}
	}
	for name, service := range map[string]*service{
		"it":               {body: orderEight, header: loud},
		"of no known size": {body: orderEight, header: loud, length: -1},
		"long":             {body: `{"pad":"` + strings.Repeat("secret", 20_000) + `","user_id":8}`, header: loud},
		"zipped":           {body: zipped(t, orderEight), header: http.Header{"Content-Encoding": {"gzip"}, "Etag": {`"secret"`}}},
		"of nobody":        {body: `{"id":80,"status":"secret"}`, header: loud},
		"another kind":     {body: `"secret"`, header: loud},
		"nothing":          {body: `null`, header: loud},
		"no body":          {status: 204, header: loud},
		"an empty body":    {status: 200, header: loud},
		"unchanged":        {status: 304, header: loud},
		"elsewhere":        {status: 307, header: http.Header{"Location": {"/secret"}, "X-Secret": {"secret"}}},
		"made":             {status: 201, header: http.Header{"Location": {"/secret"}, "X-Secret": {"secret"}}, body: orderEight},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			for _, target := range []string{"/v1/orders/80?page=1", "/orders/80", "/orders/80?n=x", "/orders/80?page=%0a"} {
				header := []string{"If-None-Match", `"secret"`, "If-Match", `"other"`, "If-Unmodified-Since", "Thu, 01 Jan 2020 00:00:00 GMT"}
				none := opened(t, missing, orders(versioned)).heard(t, ada(), method, target, "", header...)
				got := opened(t, early{service}, orders(versioned)).heard(t, ada(), method, target, "", header...)
				if diff := cmp.Diff(none, got); diff != "" || strings.Contains(got, "secret") {
					t.Errorf("%s, %s %s: none -, another's +:\n%s", name, method, target, diff)
				}
				wellFormed := !strings.Contains(target, "n=x") && !strings.Contains(target, "%0a")
				if wellFormed != strings.HasPrefix(got, "HTTP/1.1 404") || wellFormed && !strings.Contains(got, "Api-Version: v1") {
					t.Errorf("%s, %s %s: %s", name, method, target, got)
				}
			}
		}
	}
}

func TestARecordOfSomebodyElseIsWrittenAsIfThereWereNone(t *testing.T) {
	cancel := func(r *Route) {
		r.Match, r.To, r.As, r.Version = "POST /orders/{id}/cancel", "/orders/{id}/cancel", "cancelOrder", "v1"
	}
	asked := func(users string) (*service, string) {
		s := &service{status: 404, body: `{"errors":[{"field":"id","code":"UNKNOWN"}]}`, header: http.Header{"Retry-After": {"1"}}}
		d := opened(t, s, orders(cancel))
		d.records.users = buyers()
		return s, d.heard(t, ada(), "POST", "/v1/orders/"+users+"/cancel", "{}", "Content-Type", "application/json")
	}
	s, gone := asked("70") // which the service has no more
	if len(s.asked) != 1 || !strings.HasPrefix(gone, "HTTP/1.1 404") {
		t.Fatalf("the service was asked %d times: %s", len(s.asked), gone)
	}
	for _, id := range []string{"80", "71", "0", "x", "070", "7e1"} {
		s, got := asked(id)
		if diff := cmp.Diff(gone, got); diff != "" || len(s.asked) > 0 {
			t.Errorf("%s: the service was asked %d times\n%s", id, len(s.asked), diff)
		}
	}
}

func TestHEADAsksForTheRecordThatSaysWhoMayKnowOfIt(t *testing.T) {
	for name, c := range map[string]struct {
		route  Route
		caller auth.Principal
		body   string
		asked  string
		status int

		seesAll bool
	}{
		"one's own order":    {orders(nil), ada(), orderSeven, "GET", 200, false},
		"another's":          {orders(nil), ada(), orderEight, "GET", 404, false},
		"an order, by a dep": {orders(nil), desk(), orderEight, "HEAD", 200, true},
		"a payment":          {payments(nil), ada(), paidSeven, "GET", 200, false},
		"another's payment":  {payments(nil), ada(), paidEight, "GET", 404, false},
		"a user":             {users(nil), ada(), userEight, "HEAD", 200, false},
		"a product":          {products(nil), ada(), `{}`, "HEAD", 200, true},
		"no JSON":            {orders(nil), ada(), `<p>`, "GET", 502, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &service{body: c.body, header: http.Header{"Etag": {`"a"`}, "Content-Md5": {"x"}, "Repr-Digest": {"x"}, "Content-Digest": {"x"}, "Digest": {"x"}, "Accept-Ranges": {"bytes"}}}
			d := opened(t, s, c.route)
			d.records.users = buyers()
			w := d.askAs(t, c.caller, "HEAD", strings.Replace(c.route.Match[len("GET "):], "{id}", "1", 1), "",
				"If-None-Match", `"a"`, "If-Match", `"b"`, "If-Modified-Since", "x", "If-Unmodified-Since", "x")
			if w.Code != c.status || len(s.asked) != 1 || s.asked[0].Method != c.asked {
				t.Fatalf("%d %s, and the service was asked %v", w.Code, w.Body, s.asked)
			}
			for name, passes := range map[string]bool{
				"If-None-Match": c.asked == "HEAD", "If-Match": c.asked == "HEAD",
				"If-Modified-Since": c.asked == "HEAD" && c.seesAll, "If-Unmodified-Since": c.asked == "HEAD" && c.seesAll,
			} {
				if is := s.asked[0].Header[name] != nil; is != passes {
					t.Errorf("the service got %s: %t", name, is)
				}
			}
			if tagged := w.Header().Get("ETag") != ""; tagged != (c.status == 200 && (c.seesAll || c.asked == "GET")) {
				t.Errorf("it has a tag: %t", tagged)
			}
			for _, name := range []string{"Content-Md5", "Repr-Digest", "Content-Digest", "Digest", "Accept-Ranges", "Content-Length"} {
				if got := w.Header().Get(name); got != "" && c.status == 200 {
					t.Errorf("%s tells of what is not shown: %s", name, got)
				}
			}
		})
	}
}

func TestHEADReadsWhatIsCompressed(t *testing.T) {
	for body, want := range map[string]int{orderSeven: 200, orderEight: 404, `[` + orderEight + `]`: 200} {
		s := &service{body: zipped(t, body), header: http.Header{"Content-Encoding": {"gzip"}}}
		w := opened(t, s, orders(nil)).askAs(t, ada(), "HEAD", "/orders/1", "")
		if w.Code != want || w.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s: %d %v", body, w.Code, w.Header())
		}
	}
}

func TestAWriteOfWhichTheResultMayNotBeShownIsDone(t *testing.T) {
	status := func(r *Route) {
		r.Match, r.Accepts, r.Scopes = "PATCH /orders/{id}", []string{"status"}, []string{"orders:write"}
	}
	refund := func(r *Route) { r.Match, r.As = "POST /payments/{id}/refund", "refundPayment" }
	for name, c := range map[string]struct {
		route  Route
		caller auth.Principal
		status int
		denied string
	}{
		"to its owner":    {orders(status), ada("orders:write"), 200, ""},
		"to a stranger":   {orders(status), auth.Principal{ID: "9", Scopes: []string{"orders:write"}}, 204, "Order @owner not_owner"},
		"to a machine":    {orders(status), auth.Principal{ID: "m", Scopes: []string{"orders:write"}}, 204, "Order @owner forbidden"},
		"of a refund":     {payments(refund), auth.Principal{ID: "m", Scopes: []string{"payments:refund"}}, 204, "Payment @owner forbidden"},
		"of one's refund": {payments(refund), ada("payments:refund"), 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := &service{body: orderSeven, status: 201, header: http.Header{"Etag": {`"secret"`}, "Location": {"/secret"}, "Cache-Control": {"public"}}}
			target := "/orders/70"
			if c.route.Upstream == "payment" {
				s.body, target = paidSeven, "/payments/700/refund"
			}
			d := opened(t, s, c.route)
			d.records.users = buyers()
			w := d.askAs(t, c.caller, strings.Fields(c.route.Match)[0], target, "")
			if c.status == 200 {
				c.status = 201
			}
			if w.Code != c.status || len(s.asked) != 1 {
				t.Fatalf("%d %s, and the service was asked %d times", w.Code, w.Body, len(s.asked))
			}
			if c.status == 204 && (w.Body.Len() > 0 || len(w.Header()) > 0) {
				t.Errorf("it says %v %s", w.Header(), w.Body)
			}
			if got := strings.Join(d.denied(t), "\n"); !strings.Contains(got, c.denied) || c.denied == "" && got != "" {
				t.Errorf("the audit has %q, want %q", got, c.denied)
			}
		})
	}
}

// A tag, which a service makes of all that is in a record, would tell who sees a part of it when the rest changes.
func TestATagOfWhatOneSeesIsNoneOfWhatAnotherSees(t *testing.T) {
	s := &service{body: userEight, header: http.Header{"Etag": {`"a"`}}}
	d := opened(t, s, users(nil))
	tags := make(map[string]string)
	callers := map[string]auth.Principal{
		"7": ada(), "8": {ID: "8"}, "support": {ID: "1", Scopes: []string{"users:read"}}, "pii": {ID: "1", Scopes: []string{"users:read", "users:pii"}},
		"machine": {ID: "m"}, "desk": desk(),
	}
	for name, caller := range callers {
		tag := d.askAs(t, caller, "GET", "/users/8", "").Header().Get("ETag")
		if seesAll := name == "8" || name == "pii" || name == "desk"; (tag != "") != seesAll {
			t.Errorf("%s has the tag %q", name, tag)
		}
		if tag == "" {
			continue
		}
		for other, seen := range tags {
			if same := seen == tag; same != (name+other == "deskpii" || name+other == "piidesk") {
				t.Errorf("%s and %s have the tags %s and %s", name, other, tag, seen)
			}
		}
		tags[name] = tag
	}
	for name, caller := range callers {
		for other, tag := range tags {
			d.askAs(t, caller, "GET", "/users/8", "", "If-None-Match", tag)
			got := s.asked[len(s.asked)-1].Header.Get("If-None-Match")
			if is := got == `W/"a"`; is != (tag == tags[name]) {
				t.Errorf("%s asks by the tag of %s, and the service is asked by %s", name, other, got)
			}
		}
	}
}

func TestAConditionIsHandedOnWhereNoRecordDecides(t *testing.T) {
	for name, c := range map[string]struct {
		route  Route
		caller auth.Principal
		want   bool
	}{
		"a product": {products(nil), auth.Principal{}, true}, "a user, to support": {users(nil), desk(), true},
		"an order": {orders(nil), ada(), false}, "an order, to support": {orders(nil), desk(), true},
	} {
		s := &service{status: 304, header: http.Header{"Etag": {`"a"`}, "Repr-Digest": {"x"}}}
		d := opened(t, s, c.route)
		target := strings.Replace(c.route.Match[len("GET "):], "{id}", "1", 1)
		w := d.askAs(t, c.caller, "GET", target, "", "If-Modified-Since", "Thu, 01 Jan 2026 00:00:00 GMT", "If-None-Match", `"x"`)
		sent := s.asked[0].Header
		if (sent["If-None-Match"] != nil) != c.want || (sent["If-Modified-Since"] != nil) != c.want || (w.Code == 304) != c.want {
			t.Errorf("%s: %d, and the service got %v", name, w.Code, sent)
		}
		if w.Header()["Repr-Digest"] != nil {
			t.Errorf("%s: it tells of what is not shown: %v", name, w.Header())
		}
	}
}

func TestAnswersForSomeAreKeptFromSharedCaches(t *testing.T) {
	public := http.Header{
		"Cache-Control": {"public, max-age=60, S-MaxAge=600", "must-revalidate"}, "Vary": {"Accept"}, "Cdn-Cache-Control": {"max-age=600"},
		"Surrogate-Control": {"max-age=600"}, "X-Accel-Expires": {"600"},
	}
	add := func(value string) func(r *Route) {
		return func(r *Route) { r.Response.Add = map[string]string{"a": value} }
	}
	expose := func(public bool) func(r *Route) {
		return func(r *Route) { r.Returns, r.Expose, r.Public = "", []string{"note"}, public }
	}
	for name, c := range map[string]struct {
		route   Route
		private bool
	}{
		"users":                       {users(nil), true},
		"orders":                      {orders(nil), true},
		"products":                    {products(nil), false},
		"products with a scope":       {products(func(r *Route) { r.Scopes = []string{"orders:read"} }), true},
		"products of one's own":       {products(func(r *Route) { r.To = "/products/for/{identity.id}" }), true},
		"products of some":            {products(func(r *Route) { r.Split = []Share{{Weight: 1, To: "/products/for/{identity.id}"}} }), true},
		"products with one's name":    {products(add("for {identity.id}")), true},
		"products with a name":        {products(add("for {path.id}")), false},
		"products asked for by name":  {products(func(r *Route) { r.Request.Query.Default = map[string]string{"for": "{identity.id}"} }), true},
		"products told whom for":      {products(func(r *Route) { r.Request.Headers.Set = map[string]string{"X-For": "{identity.scopes}"} }), true},
		"members":                     {users(expose(false)), true},
		"members of a public route":   {users(expose(true)), false},
		"users that are called other": {users(func(r *Route) { r.Response.Headers.Set = map[string]string{"Cache-Control": "public"} }), true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{"GET", "HEAD"} {
				s := &service{body: `{}`, header: public.Clone()}
				w := opened(t, s, c.route).ask(t, method, strings.Replace(c.route.Match[len("GET "):], "{id}", "1", 1), "")
				got := strings.Join(w.Header().Values("Cache-Control"), ", ")
				vary := strings.Join(w.Header().Values("Vary"), ", ")
				shared := w.Header().Get("CDN-Cache-Control") + w.Header().Get("Surrogate-Control") + w.Header().Get("X-Accel-Expires")
				if c.private != strings.HasPrefix(got, "private") || c.private == (shared != "") || w.Code != 200 {
					t.Errorf("%s %d: %v", method, w.Code, w.Header())
				}
				if c.private && (strings.Contains(strings.ToLower(got), "maxage") || strings.Contains(got, "public") || vary != "Accept, Authorization, Cookie") {
					t.Errorf("%s: %q, %q", method, got, vary)
				}
			}
		})
	}
}

func TestAnErrorOfTheServiceIsNotTakenForItsRecord(t *testing.T) {
	d := opened(t, &service{err: errors.New("secret")}, orders(nil))
	if w := d.askAs(t, ada(), "GET", "/orders/80", ""); w.Code != 503 {
		t.Errorf("got %d", w.Code)
	}
	for status, want := range map[int]int{400: 400, 403: 403, 404: 404, 429: 429, 500: 500} {
		w := opened(t, &service{status: status}, orders(nil)).askAs(t, ada(), "GET", "/orders/80", "")
		if got := toldBy(t, w); got.Status != want {
			t.Errorf("%d becomes %+v", status, got)
		}
	}
}

func TestNothingOfABodyIsReadBeforeTheCallerMayWrite(t *testing.T) {
	for name, c := range map[string]struct {
		route  Route
		target string
		caller auth.Principal
		status int
		read   bool
	}{
		"by a machine":       {profile(nil), "/me", auth.Principal{ID: "m"}, 403, false},
		"by nobody":          {profile(nil), "/me", auth.Principal{}, 401, false},
		"of another's order": {orders(func(r *Route) { r.Match, r.As = "PATCH /orders/{id}", "cancelOrder" }), "/orders/80", ada(), 404, false},
		"of one's own":       {orders(func(r *Route) { r.Match, r.As = "PATCH /orders/{id}", "cancelOrder" }), "/orders/70", ada(), 200, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := opened(t, says(orderSeven), c.route)
			d.records.users = buyers()
			body := &noticed{Reader: strings.NewReader(`{}`)}
			w := httptest.NewRecorder()
			d.Handler.ServeHTTP(w, httptest.NewRequestWithContext(by(t.Context(), c.caller), "PATCH", c.target, body))
			if w.Code != c.status || body.read != c.read {
				t.Errorf("%d %s, and of the body was read: %t", w.Code, w.Body, body.read)
			}
		})
	}
}

// noticed is a body that knows whether it was read.
type noticed struct {
	io.Reader

	read bool
}

func (n *noticed) Read(p []byte) (int, error) { n.read = true; return n.Reader.Read(p) }

// Whether a list has a tag would tell whether something was left out of it, and so would what a service says beside it.
func TestAListSaysNothingOfTheRecordsThatAreLeftOutOfIt(t *testing.T) {
	beside := http.Header{"Etag": {`"a"`}, "Last-Modified": {"Thu, 01 Jan 2026 00:00:00 GMT"}, "X-Total-Count": {"2"}, "Link": {"</orders?page=2>"}}
	header := func(caller auth.Principal, body string) http.Header {
		d := opened(t, &service{body: body, header: beside.Clone()}, orders(func(r *Route) { r.Match = "GET /orders" }))
		w := d.askAs(t, caller, "GET", "/orders", "")
		if w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		w.Header().Del("Content-Length")
		return w.Header()
	}
	none := header(ada(), `[]`)
	for _, body := range []string{`[` + orderEight + `]`, `[` + orderSeven + `]`, `[` + orderSeven + `,` + orderEight + `]`} {
		if diff := cmp.Diff(none, header(ada(), body)); diff != "" {
			t.Errorf("%s (-nothing +this):\n%s", body, diff)
		}
	}
	for name := range beside {
		if header(desk(), `[`+orderEight+`]`).Get(name) == "" {
			t.Errorf("support, who sees all, is not told %s", name)
		}
	}
}
