package passthrough

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/units"
)

// told is what a problem says: its code, and what is wrong with which member.
type told struct {
	Status int
	Code   string
	Faults []problem.Fault
}

func toldBy(t *testing.T, w *httptest.ResponseRecorder) told {
	t.Helper()
	if media := w.Header().Get("Content-Type"); media != problem.ContentType {
		t.Fatalf("got %d, %s %s, want a problem", w.Code, media, w.Body)
	}
	var body struct {
		Status int             `json:"status"`
		Code   string          `json:"code"`
		Errors []problem.Fault `json:"errors"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body.Status != w.Code {
		t.Fatalf("got %d %s: %v", w.Code, w.Body, err)
	}
	return told{w.Code, body.Code, body.Errors}
}

func TestARequestLeadsToThePathOfItsRoute(t *testing.T) {
	for _, c := range []struct {
		route          Route
		caller         auth.Principal
		method, target string
		want           string
	}{
		{users(nil), ada(), "GET", "/users/7", "GET http://user/users/7"},
		{users(func(r *Route) { r.To = "/people/{id}/card" }), ada(), "GET", "/users/7", "GET http://user/people/7/card"},
		{users(nil), ada(), "HEAD", "/users/7", "HEAD http://user/users/7"},
		{users(func(r *Route) { r.Version = "v1" }), ada(), "GET", "/v1/users/7?limit=3", "GET http://user/users/7?limit=3"},
		{users(nil), ada(), "GET", "/users/a%20b%3Fc?d=%20+&&=;x", "GET http://user/users/a%20b%3Fc?d=%20+&&=;x"},
		{users(nil), ada(), "GET", "/users/7?", "GET http://user/users/7"},
		{profile(nil), ada(), "PATCH", "/me?x=1", "PATCH http://user/users/7?x=1"},
		{users(func(r *Route) { r.To = "/users/{identity.id}" }), auth.Principal{ID: "a/b"}, "GET", "/users/7", "GET http://user/users/a%2Fb"},
		{search(nil), ada("search"), "POST", "/search/a/b/?q=1", "POST http://search/a/b/?q=1"},
		{
			users(func(r *Route) { r.Request.Query.Set = map[string]string{"by": "{identity.id}"} }), ada(), "GET", "/users/7?b=1&a=2",
			"GET http://user/users/7?a=2&b=1&by=7",
		},
	} {
		s := says("{}")
		w := opened(t, s, c.route).askAs(t, c.caller, c.method, c.target, "")
		if w.Code != 200 || len(s.asked) != 1 {
			t.Errorf("%s %s: %d %s", c.method, c.target, w.Code, w.Body)
			continue
		}
		if got := s.asked[0].Method + " " + s.asked[0].URL.String(); got != c.want {
			t.Errorf("%s %s leads to %s, want %s", c.method, c.target, got, c.want)
		}
	}
}

func TestAPathWithTheCallerIsForCallersWithAName(t *testing.T) {
	s := says("{}")
	d := opened(t, s, users(func(r *Route) { r.Match, r.To = "GET /me", "/users/{identity.id}" }))
	for _, id := range []string{"", ".."} {
		w := d.askAs(t, auth.Principal{ID: id}, "GET", "/me", "")
		if got := toldBy(t, w); got.Code != "UNAUTHENTICATED" || w.Header().Get("WWW-Authenticate") != auth.Challenge || len(s.asked) > 0 {
			t.Errorf("%q: %+v %v", id, got, w.Header())
		}
	}
}

func TestAServiceLearnsFromTheGatewayAloneWhoCalls(t *testing.T) {
	spoofed := []string{
		"X-User-Id", "1", "X-User-Scopes", "admin", "X_User_Id", "1", "X-User_Scopes", "admin", "X.User.Id", "1", "X-Gateway-Token", "t",
		"Authorization", "Bearer t", "Cookie", "a=b", "X-Kind", "kept",
	}
	for name, c := range map[string]struct {
		route  Route
		caller auth.Principal
		want   http.Header
	}{
		"nobody":          {products(nil), auth.Principal{}, http.Header{}},
		"somebody":        {users(nil), ada("a", "b"), http.Header{"X-User-Id": {"7"}, "X-User-Scopes": {"a b"}}},
		"without a scope": {users(nil), ada(), http.Header{"X-User-Id": {"7"}, "X-User-Scopes": {""}}},
		"raw":             {search(nil), ada("search"), http.Header{"X-User-Id": {"7"}, "X-User-Scopes": {"search"}}},
		"forwarded": {
			products(func(r *Route) { r.Forward = []string{"cookie", "Authorization"} }),
			auth.Principal{},
			http.Header{"Authorization": {"Bearer t"}, "Cookie": {"a=b"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := says("{}")
			target := map[string]string{"user": "/users/7", "product": "/products/7", "search": "/search/a"}[c.route.Upstream]
			if w := opened(t, s, c.route).askAs(t, c.caller, "GET", target, "", spoofed...); w.Code != 200 {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			got := maps.Clone(s.asked[0].Header)
			for _, name := range []string{"Via", "User-Agent", "Accept-Encoding"} {
				delete(got, name)
			}
			if kept := got["X-Kind"]; !slices.Equal(kept, []string{"kept"}) {
				t.Errorf("X-Kind is %q", kept)
			}
			delete(got, "X-Kind")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAServiceLearnsFromTheGatewayWhereARequestComesFrom(t *testing.T) {
	trust, err := forwarded.New(forwarded.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s := says("{}")
	d := opened(t, s, users(nil))
	d.Handler = trust.Middleware(d.Handler)
	d.ask(t, "GET", "http://shop.example/users/7", "", "X-Forwarded-For", "10.0.0.1", "Forwarded", "for=10.0.0.1", "X-Forwarded-Prefix", "/a")
	got := s.asked[0].Header
	if got.Get("X-Forwarded-For") != "192.0.2.1" || got.Get("X-Forwarded-Host") != "shop.example" || got.Get("X-Forwarded-Prefix") != "" {
		t.Errorf("got %v", got)
	}
}

func TestHeadersOfARequestAreEdited(t *testing.T) {
	s := says("{}")
	d := opened(t, s, users(func(r *Route) {
		r.Request.Headers = Fields{
			Drop: []string{"X-Old"}, Rename: map[string]string{"X-Lang": "Accept-Language"}, Set: map[string]string{"X-By": "{identity.id}"},
		}
	}))
	d.askAs(t, ada(), "GET", "/users/7", "", "X-Old", "1", "X-Lang", "de", "X-By", "9", "Range", "bytes=0-1", "If-Range", "x", "Content-Type", "text/plain")
	got := s.asked[0].Header
	for name, want := range map[string][]string{
		"X-Old": nil, "X-Lang": nil, "Accept-Language": {"de"}, "X-By": {"7"}, "Accept-Encoding": {"identity"}, "Range": nil, "If-Range": nil,
		"Content-Type": nil,
	} {
		if !slices.Equal(got[name], want) {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

func TestAKeyIsTheCallersOwn(t *testing.T) {
	key := func(caller auth.Principal, key string) string {
		s := says("{}")
		placed := Route{Match: "POST /orders", Upstream: "order", Returns: "Order", As: "placeOrder"}
		if w := opened(t, s, placed).askAs(t, caller, "POST", "/orders", "", "Idempotency-Key", key); w.Code != 204 {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
		return strings.Join(s.asked[0].Header["Idempotency-Key"], ",")
	}
	first := key(ada(), "k")
	if again := key(ada(), "k"); first == "" || again != first || strings.Contains(first, "k\"") {
		t.Errorf("the same request has the keys %s and %s", first, again)
	}
	for name, other := range map[string]string{"another caller's": key(auth.Principal{ID: "8"}, "k"), "another": key(ada(), "l")} {
		if other == first || other == "" {
			t.Errorf("%s key is %s too", name, other)
		}
	}
	s := says("{}")
	opened(t, s, users(nil)).ask(t, "GET", "/users/7", "", "Idempotency-Key", "k")
	if got := s.asked[0].Header["Idempotency-Key"]; got != nil {
		t.Errorf("what only reads has the key %q", got)
	}
	w := opened(t, s, profile(nil)).askAs(t, ada(), "PATCH", "/me", "", "Idempotency-Key", "a key")
	if got := toldBy(t, w); got.Code != "BAD_USER_INPUT" || len(s.asked) != 1 {
		t.Errorf("a bad key: %+v", got)
	}
}

func TestABodyIsRefusedWholeOrGoesWhole(t *testing.T) {
	route := profile(func(r *Route) {
		r.Rename = map[string]string{"name": "display_name", "address/city": "city", "username": "user_name"}
	})
	bad := func(faults ...problem.Fault) told { return told{400, "BAD_USER_INPUT", faults} }
	unknown := func(field string) told { return bad(problem.Fault{Field: field, Code: "UNKNOWN_MEMBER"}) }
	unsupported := told{415, "UNSUPPORTED_MEDIA_TYPE", nil}
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	for name, c := range map[string]struct {
		body   string
		header []string
		got    string // by the service
		want   told
	}{
		"what is taken": {
			body: ` {"email": "a@b.example", "phone": null, "address": {"zip": "1", "street": "s"}} `,
			got:  `{"email":"a@b.example","phone":null,"address":{"zip":"1","street":"s"}}`,
		},
		"by the client's names":       {body: `{"display_name":"Ada","city":"Bern"}`, got: `{"name":"Ada","address":{"city":"Bern"}}`},
		"by names with escapes":       {body: `{"display\u005fname":"Ada"}`, got: `{"name":"Ada"}`},
		"nothing":                     {body: `{}`, got: `{}`},
		"no body":                     {},
		"no body of another kind":     {header: []string{"Content-Type", "text/plain"}},
		"a patch":                     {body: `{"email":"a"}`, header: []string{"Content-Type", "application/merge-patch+json"}, got: `{"email":"a"}`},
		"in UTF-8":                    {body: `{"email":"ü"}`, header: []string{"Content-Type", `application/json; charset="UTF-8"`}, got: `{"email":"ü"}`},
		"by the service's name":       {body: `{"name":"Ada"}`, want: unknown("name")},
		"at the service's place":      {body: `{"address":{"city":"Bern"}}`, want: unknown("address.city")},
		"a role":                      {body: `{"email":"a","role":"admin"}`, want: unknown("role")},
		"a role with escapes":         {body: `{"ro\u006ce":"admin"}`, want: unknown("role")},
		"what is shown and not taken": {body: `{"user_name":"ada"}`, want: unknown("user_name")},
		"what nobody may see":         {body: `{"password_hash":"x"}`, want: unknown("password_hash")},
		"a name that holds anything":  {body: `{"<script>":1}`, want: bad()},
		"a value of another kind":     {body: `{"email":{"a":1}}`, want: bad(problem.Fault{Field: "email", Code: "INVALID"})},
		"a member twice":              {body: `{"email":"a","email":"b"}`, want: bad()},
		"a member twice, escaped":     {body: `{"email":"a","\u0065mail":"b"}`, want: bad()},
		"a text":                      {body: `"email"`, want: bad()},
		"a list":                      {body: `[{"email":"a"}]`, want: bad()},
		"nothing at all":              {body: `null`, want: bad()},
		"half a value":                {body: `{"email":"a"`, want: bad()},
		"two values":                  {body: `{"email":"a"} {}`, want: bad()},
		"no JSON":                     {body: `email=a`, want: bad()},
		"no UTF-8":                    {body: "{\"email\":\"\xff\"}", want: bad()},
		"too deep":                    {body: deep, want: bad()},
		"blank":                       {body: ` `, want: bad()},
		"a form":                      {body: `email=a`, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, want: unsupported},
		"another encoding":            {body: `{}`, header: []string{"Content-Type", "application/json; charset=latin1"}, want: unsupported},
		"no type":                     {body: `{}`, header: []string{"Content-Type", "json"}, want: unsupported},
		"compressed":                  {body: `{}`, header: []string{"Content-Encoding", "gzip"}, want: unsupported},
	} {
		t.Run(name, func(t *testing.T) {
			s := says(`{"id":7}`)
			w := opened(t, s, route).askAs(t, ada(), "PATCH", "/me", c.body, c.header...)
			if c.want.Status != 0 {
				if diff := cmp.Diff(c.want, toldBy(t, w)); diff != "" || len(s.asked) > 0 {
					t.Errorf("the service was asked %d times; %s %s", len(s.asked), w.Body, diff)
				}
				return
			}
			if w.Code != 200 || len(s.asked) != 1 {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			asked := s.asked[0]
			if s.bodies[0] != c.got || asked.ContentLength != int64(len(c.got)) || asked.Header.Get("Content-Length") != "" {
				t.Errorf("the service got %s with %d bytes, want %s", s.bodies[0], asked.ContentLength, c.got)
			}
			want := "application/json"
			if c.got == "" {
				want = ""
			}
			if got := asked.Header.Get("Content-Type"); got != want || asked.Header.Get("Accept-Encoding") != "identity" {
				t.Errorf("its type is %q, want %q", got, want)
			}
		})
	}
}

func TestABodyCanBeSentAgain(t *testing.T) {
	s := says("{}")
	opened(t, s, profile(nil)).askAs(t, ada(), "PATCH", "/me", `{"email":"a"}`)
	again, err := s.asked[0].GetBody()
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(again); string(text) != `{"email":"a"}` || err != nil {
		t.Errorf("got %s, %v", text, err)
	}
}

func TestABodyGetsFurtherMembers(t *testing.T) {
	route := profile(func(r *Route) {
		r.Match, r.To, r.As, r.Accepts, r.Scopes = "GET,POST,DELETE /users/{id}", "", "", []string{"note", "source"}, []string{"desk"}
		r.Request.Add = map[string]string{
			"by": "{identity.id:number}", "source/door": "rest", "trace": "{header.X-Trace}", "user": `{"id": 1}`, "n": "{query.n:number}",
		}
	})
	for name, c := range map[string]struct {
		method, target, body string
		header               []string
		want                 string
		told                 told
	}{
		"to others": {
			method: "POST", target: "/users/7?n=2", body: `{"note":"x"}`, header: []string{"X-Trace", "a"},
			want: `{"note":"x","by":7,"n":2,"trace":"a","user":{"id": 1},"source":{"door":"rest"}}`,
		},
		"to none":             {method: "POST", target: "/users/7", want: `{"by":7,"user":{"id": 1},"source":{"door":"rest"}}`},
		"beside the same":     {method: "POST", target: "/users/7", body: `{"source":{"door":"x","a":1}}`, want: `{"source":{"a":1,"door":"rest"},"by":7,"user":{"id": 1}}`},
		"not what it says":    {method: "POST", target: "/users/7", body: `{"by":1}`, told: told{400, "BAD_USER_INPUT", []problem.Fault{{Field: "by", Code: "UNKNOWN_MEMBER"}}}},
		"not of another kind": {method: "POST", target: "/users/7?n=x", told: told{400, "BAD_USER_INPUT", nil}},
		"not where it reads":  {method: "GET", target: "/users/7", want: ""},
		"of any method":       {method: "DELETE", target: "/users/7", want: `{"by":7,"user":{"id": 1},"source":{"door":"rest"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := says("{}")
			w := opened(t, s, route).askAs(t, ada("desk"), c.method, c.target, c.body, c.header...)
			if c.told.Status != 0 {
				if diff := cmp.Diff(c.told, toldBy(t, w)); diff != "" {
					t.Error(diff)
				}
				return
			}
			if w.Code != 200 || len(s.bodies) != 1 {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			var got, want any
			_ = json.Unmarshal([]byte(s.bodies[0]), &got)
			_ = json.Unmarshal([]byte(c.want), &want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(s.bodies[0], diff)
			}
		})
	}
}

func TestWhatOnlyReadsHasNoBody(t *testing.T) {
	for _, method := range []string{"GET", "HEAD"} {
		s := says("{}")
		w := opened(t, s, users(nil)).ask(t, method, "/users/7", `{}`)
		if w.Code != 400 || len(s.asked) > 0 {
			t.Errorf("%s: %d %s", method, w.Code, w.Body)
		}
	}
}

func TestABodyThatIsTooLargeIsTheCallersMistake(t *testing.T) {
	long := `{"email":"` + strings.Repeat("a", 2000) + `"}`
	for name, c := range map[string]struct {
		route  Route
		target string
		sized  bool
		want   int
	}{
		"of a length":        {profile(func(r *Route) { r.MaxBody = units.KiB }), "/me", true, 413},
		"of no known length": {profile(func(r *Route) { r.MaxBody = units.KiB }), "/me", false, 413},
		"within the usual":   {profile(nil), "/me", false, 200},
		"raw":                {search(func(r *Route) { r.MaxBody = units.KiB }), "/search/a", false, 413},
		"raw, of a length":   {search(func(r *Route) { r.MaxBody = units.KiB }), "/search/a", true, 413},
	} {
		t.Run(name, func(t *testing.T) {
			d := opened(t, &service{}, c.route)
			r := httptest.NewRequestWithContext(auth.WithPrincipal(t.Context(), ada("search")), "PATCH", c.target, strings.NewReader(long))
			if !c.sized {
				r.ContentLength = -1
			}
			w := httptest.NewRecorder()
			d.Handler.ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, c.want)
			}
		})
	}
}

func TestABodyThatBreaksOffIsTheCallersMistake(t *testing.T) {
	s := says("{}")
	d := opened(t, s, profile(nil))
	r := httptest.NewRequestWithContext(auth.WithPrincipal(t.Context(), ada()), "PATCH", "/me",
		io.MultiReader(strings.NewReader(`{"email":`), iotest.ErrReader(io.ErrUnexpectedEOF)))
	w := httptest.NewRecorder()
	d.Handler.ServeHTTP(w, r)
	if got := toldBy(t, w); got.Code != "BAD_USER_INPUT" || len(s.asked) > 0 {
		t.Errorf("got %+v", got)
	}
}

func TestARequestIsHeldAgainstTheServicesContract(t *testing.T) {
	for name, c := range map[string]struct {
		route                Route
		method, target, body string
		want                 told
	}{
		"a good one": {route: profile(func(r *Route) { r.Validate = true }), method: "PATCH", target: "/me", body: `{"email":"a@b.example"}`},
		"a text that is too long": {
			profile(func(r *Route) { r.Validate = true }), "PATCH", "/me", `{"name":"` + strings.Repeat("a", 201) + `"}`,
			told{400, "BAD_USER_INPUT", []problem.Fault{{Field: "name", Code: "TOO_LONG"}}},
		},
		"by the service's name": {
			profile(func(r *Route) { r.Validate, r.Rename = true, map[string]string{"name": "display_name"} }), "PATCH", "/me",
			`{"display_name":"` + strings.Repeat("a", 201) + `"}`,
			told{400, "BAD_USER_INPUT", []problem.Fault{{Field: "display_name", Code: "TOO_LONG"}}},
		},
		"a parameter of another kind": {
			users(func(r *Route) { r.Validate = true }), "GET", "/users/seven", "",
			told{400, "BAD_USER_INPUT", []problem.Fault{{Field: "path.id", Code: "INVALID"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := says("{}")
			w := opened(t, s, c.route).askAs(t, ada(), c.method, c.target, c.body)
			if c.want.Status == 0 {
				if w.Code != 200 || len(s.asked) != 1 {
					t.Errorf("got %d %s", w.Code, w.Body)
				}
				return
			}
			if diff := cmp.Diff(c.want, toldBy(t, w)); diff != "" || len(s.asked) > 0 {
				t.Errorf("the service was asked %d times %s", len(s.asked), diff)
			}
		})
	}
}

// Two routes to one path may make different requests of the same: caches have to know by what.
func TestCachesAreToldByWhichFieldsRequestsOfRoutesDiffer(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(r *Route)
		header []string
		want   []string
	}{
		{"nothing", nil, nil, nil},
		{"what is set", func(r *Route) { r.Request.Headers.Set = map[string]string{"x-view": "all"} }, nil, []string{"X-View"}},
		{"what is set by default", func(r *Route) { r.Request.Headers.Default = map[string]string{"accept-language": "de"} }, nil, []string{"Accept-Language"}},
		{"what is renamed", func(r *Route) { r.Request.Headers.Rename = map[string]string{"x-a": "x-b"} }, nil, []string{"X-B"}},
		{"by what it is chosen", func(r *Route) { r.Headers = map[string]string{"x-beta": "*"} }, []string{"X-Beta", "1"}, []string{"X-Beta"}},
		{"its version", func(r *Route) { r.Version, r.VersionBy = "v2", []string{"header"} }, []string{"Api-Version", "v2"}, []string{"Api-Version"}},
	} {
		s := says("{}")
		if w := opened(t, s, users(c.change)).askAs(t, ada(), "GET", "/users/7", "", c.header...); w.Code != 200 {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
			continue
		}
		got, _ := s.asked[0].Context().Value(sharing.CountedKey{}).([]string)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestARequestIsNoOtherThanItsRouteTakes(t *testing.T) {
	for name, c := range map[string]struct {
		route Route
		want  []string
	}{
		"a route that says what passes": {users(nil), nil},
		"one of the service's own":      {search(nil), []string{"DELETE"}},
	} {
		s := says("{}")
		path := map[bool]string{true: "/search/a", false: "/users/7"}[c.route.Raw]
		opened(t, s, c.route).askAs(t, ada("search"), "GET", path, "", "X-Http-Method-Override", "DELETE", "X_http_method_override", "PUT")
		if len(s.asked) != 1 {
			t.Fatalf("%s: the service was asked %d times", name, len(s.asked))
		}
		if diff := cmp.Diff(c.want, s.asked[0].Header["X-Http-Method-Override"]); diff != "" || s.asked[0].Header["X_http_method_override"] != nil {
			t.Errorf("%s: %v", name, s.asked[0].Header)
		}
	}
}
