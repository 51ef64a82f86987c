package forwarded

import (
	"context"
	"crypto/tls"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/facts"
)

func proxies() []string { return []string{"10.0.0.0/8", "fd00::/8", "192.0.2.1"} }

// proxied trusts 10.0.0.0/8, one IPv6 range, and one address.
func proxied(t testing.TB) *Trust {
	t.Helper()
	trust, err := New(Config{TrustedProxies: proxies()})
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

// seen is what a handler and a service get to know.
type seen struct {
	client string
	proto  string
	host   string
	sent   http.Header
}

func look(t testing.TB, trust *Trust, r *http.Request) seen {
	t.Helper()
	var got seen
	trust.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		c, ok := From(r.Context())
		if !ok {
			t.Fatal("there is no client in the context")
		}
		sent := r.Header.Clone()
		c.Rebuild(sent)
		got = seen{client: c.Addr.String(), proto: c.Proto, host: c.Host, sent: sent}
	})).ServeHTTP(httptest.NewRecorder(), r)
	return got
}

func request(peer string, header http.Header) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "http://shop.example/", nil)
	r.RemoteAddr = peer
	r.Header = header
	return r
}

func TestTheClientIsTheFirstFromTheRightWhoIsNoTrustedProxy(t *testing.T) {
	many := strings.Repeat("10.0.0.9, ", 40)
	tests := map[string]struct {
		peer string
		xff  []string
		want string
		sent string // X-Forwarded-For
	}{
		"nobody says anything":                   {"203.0.113.7:99", nil, "203.0.113.7", "203.0.113.7"},
		"a stranger is not believed":             {"203.0.113.7:99", []string{"198.51.100.1"}, "203.0.113.7", "203.0.113.7"},
		"a trusted proxy is":                     {"10.0.0.1:99", []string{"198.51.100.1"}, "198.51.100.1", "198.51.100.1, 10.0.0.1"},
		"an address that is trusted":             {"192.0.2.1:99", []string{"198.51.100.1"}, "198.51.100.1", "198.51.100.1, 192.0.2.1"},
		"its neighbour is not":                   {"192.0.2.2:99", []string{"198.51.100.1"}, "192.0.2.2", "192.0.2.2"},
		"what the client made up is left out":    {"10.0.0.1:99", []string{"127.0.0.1, 10.9.9.9, 198.51.100.1"}, "198.51.100.1", "198.51.100.1, 10.0.0.1"},
		"several proxies":                        {"10.0.0.1:99", []string{"6.6.6.6, 198.51.100.1, 10.0.0.3,10.0.0.2"}, "198.51.100.1", "198.51.100.1, 10.0.0.3, 10.0.0.2, 10.0.0.1"},
		"several fields are one list":            {"10.0.0.1:99", []string{"6.6.6.6, 198.51.100.1", "10.0.0.2"}, "198.51.100.1", "198.51.100.1, 10.0.0.2, 10.0.0.1"},
		"proxies alone":                          {"10.0.0.1:99", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3", "10.0.0.3, 10.0.0.2, 10.0.0.1"},
		"a proxy that says nothing":              {"10.0.0.1:99", nil, "10.0.0.1", "10.0.0.1"},
		"what is no address ends the walk":       {"10.0.0.1:99", []string{"198.51.100.1, unknown, 10.0.0.2"}, "10.0.0.2", "10.0.0.2, 10.0.0.1"},
		"so does an empty entry":                 {"10.0.0.1:99", []string{"198.51.100.1,,10.0.0.2"}, "10.0.0.2", "10.0.0.2, 10.0.0.1"},
		"and an empty field":                     {"10.0.0.1:99", []string{""}, "10.0.0.1", "10.0.0.1"},
		"a port is left out":                     {"10.0.0.1:99", []string{"198.51.100.1:4711"}, "198.51.100.1", "198.51.100.1, 10.0.0.1"},
		"IPv6":                                   {"[fd00::1]:99", []string{"2001:DB8:0::7"}, "2001:db8::7", "2001:db8::7, fd00::1"},
		"IPv6 in brackets":                       {"[fd00::1]:99", []string{"[2001:db8::7]"}, "2001:db8::7", "2001:db8::7, fd00::1"},
		"IPv6 with a port":                       {"[fd00::1]:99", []string{"[2001:db8::7]:80"}, "2001:db8::7", "2001:db8::7, fd00::1"},
		"IPv4 in brackets is none":               {"10.0.0.1:99", []string{"[198.51.100.1]"}, "10.0.0.1", "10.0.0.1"},
		"IPv4 in IPv6 is IPv4":                   {"[::ffff:10.0.0.1]:99", []string{"::ffff:198.51.100.1"}, "198.51.100.1", "198.51.100.1, 10.0.0.1"},
		"a zone means nothing elsewhere":         {"[fd00::1%eth0]:99", []string{"fe80::7%eth1"}, "fe80::7", "fe80::7, fd00::1"},
		"a long list is read as far as it is":    {"10.0.0.1:99", []string{"198.51.100.1, " + many + "10.0.0.8"}, "10.0.0.9", ""},
		"a long entry is no address":             {"10.0.0.1:99", []string{"198.51.100.1, " + strings.Repeat("1", 5000)}, "10.0.0.1", "10.0.0.1"},
		"a connection without an address":        {"@", []string{"198.51.100.1"}, "invalid IP", ""},
		"spaces and tabs around an entry":        {"10.0.0.1:99", []string{" \t198.51.100.1\t "}, "198.51.100.1", "198.51.100.1, 10.0.0.1"},
		"an address with a zero before it":       {"10.0.0.1:99", []string{"198.51.100.01"}, "10.0.0.1", "10.0.0.1"},
		"a host name is no address":              {"10.0.0.1:99", []string{"localhost"}, "10.0.0.1", "10.0.0.1"},
		"a stranger's claim to be a proxy":       {"203.0.113.7:99", []string{"10.0.0.1"}, "203.0.113.7", "203.0.113.7"},
		"a client that claims a trusted address": {"10.0.0.1:99", []string{"10.6.6.6, 198.51.100.1"}, "198.51.100.1", "198.51.100.1, 10.0.0.1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			header := http.Header{}
			if tt.xff != nil {
				header["X-Forwarded-For"] = tt.xff
			}
			got := look(t, proxied(t), request(tt.peer, header))
			if got.client != tt.want {
				t.Errorf("the client is %s, want %s", got.client, tt.want)
			}
			if sent := got.sent.Get("X-Forwarded-For"); tt.sent != "" && sent != tt.sent {
				t.Errorf("X-Forwarded-For: %s, want %s", sent, tt.sent)
			}
		})
	}
}

func TestForwardedIsReadAsTheRFCWritesIt(t *testing.T) {
	tests := map[string]struct {
		forwarded         []string
		want, proto, host string
	}{
		"an address":                              {[]string{"for=198.51.100.1"}, "198.51.100.1", "http", "shop.example"},
		"all that can be said":                    {[]string{`by=10.0.0.1;for=198.51.100.1;host=api.example;proto=https`}, "198.51.100.1", "https", "api.example"},
		"in any case, and with spaces":            {[]string{`For=198.51.100.1; PROTO=HTTPS ;Host="api.example:8443"`}, "198.51.100.1", "https", "api.example:8443"},
		"a port":                                  {[]string{`for="198.51.100.1:4711"`}, "198.51.100.1", "http", "shop.example"},
		"IPv6":                                    {[]string{`for="[2001:db8::7]"`}, "2001:db8::7", "http", "shop.example"},
		"IPv6 with a port":                        {[]string{`for="[2001:db8::7]:4711"`}, "2001:db8::7", "http", "shop.example"},
		"IPv6 without brackets is none":           {[]string{`for="2001:db8::7"`}, "10.0.0.1", "http", "shop.example"},
		"a hidden name":                           {[]string{`for=198.51.100.1, for=_hidden`}, "10.0.0.1", "http", "shop.example"},
		"unknown":                                 {[]string{`for=198.51.100.1, for=unknown`}, "10.0.0.1", "http", "shop.example"},
		"proxies on the way":                      {[]string{`for=6.6.6.6;proto=gopher, for=198.51.100.1;proto=https, for=10.0.0.2;proto=http`}, "198.51.100.1", "https", "shop.example"},
		"several fields":                          {[]string{`for=6.6.6.6, for=198.51.100.1;proto=https`, `for=10.0.0.2`}, "198.51.100.1", "https", "shop.example"},
		"a comma in quotes":                       {[]string{`for=198.51.100.1;ext="a, for=6.6.6.6"`}, "198.51.100.1", "http", "shop.example"},
		"a quote in quotes":                       {[]string{`for=198.51.100.1;ext="a\", for=6.6.6.6"`}, "198.51.100.1", "http", "shop.example"},
		"a backslash at the end of quotes":        {[]string{`for=6.6.6.6;ext="a\\", for=198.51.100.1`}, "198.51.100.1", "http", "shop.example"},
		"a client's open quote ends nothing":      {[]string{`for="6.6.6.6, for=198.51.100.1`}, "198.51.100.1", "http", "shop.example"},
		"quotes that do not match":                {[]string{`for=198.51.100.1"`}, "10.0.0.1", "http", "shop.example"},
		"twice the same":                          {[]string{`for=198.51.100.1;for=6.6.6.6`}, "10.0.0.1", "http", "shop.example"},
		"no pair":                                 {[]string{`198.51.100.1`}, "10.0.0.1", "http", "shop.example"},
		"nothing":                                 {[]string{``}, "10.0.0.1", "http", "shop.example"},
		"a scheme that is none":                   {[]string{`for=198.51.100.1;proto=gopher`}, "198.51.100.1", "http", "shop.example"},
		"a host that is none":                     {[]string{`for=198.51.100.1;host="a\", b"`}, "198.51.100.1", "http", "shop.example"},
		"a semicolon at the end":                  {[]string{`for=198.51.100.1;`}, "10.0.0.1", "http", "shop.example"},
		"an equals sign that stands alone":        {[]string{`for=198.51.100.1;=x`}, "10.0.0.1", "http", "shop.example"},
		"more than anybody reads":                 {[]string{`for=198.51.100.1;ext="` + strings.Repeat("a", 5000) + `"`}, "10.0.0.1", "http", "shop.example"},
		"an element that says nothing of anybody": {[]string{`for=198.51.100.1, proto=https`}, "10.0.0.1", "http", "shop.example"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := look(t, proxied(t), request("10.0.0.1:99", http.Header{"Forwarded": tt.forwarded}))
			if got.client != tt.want || got.proto != tt.proto || got.host != tt.host {
				t.Errorf("got %s %s %s, want %s %s %s", got.client, got.proto, got.host, tt.want, tt.proto, tt.host)
			}
		})
	}
}

func TestXForwardedForCountsWhereBothAreThere(t *testing.T) {
	got := look(t, proxied(t), request("10.0.0.1:99", http.Header{
		"Forwarded": {"for=6.6.6.6;proto=https"}, "X-Forwarded-For": {"198.51.100.1"},
	}))
	if got.client != "198.51.100.1" || got.proto != "http" {
		t.Errorf("got %s by %s, want 198.51.100.1 by http", got.client, got.proto)
	}
}

func TestSchemeAndHostAreBelievedOfTrustedProxies(t *testing.T) {
	tests := map[string]struct {
		peer        string
		header      http.Header
		proto, host string
	}{
		"a stranger's": {
			"203.0.113.7:99", http.Header{"X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"evil.example"}}, "http", "shop.example",
		},
		"a proxy's": {
			"10.0.0.1:99", http.Header{"X-Forwarded-For": {"1.1.1.1"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"api.example"}}, "https", "api.example",
		},
		"one that sends no chain": {
			"10.0.0.1:99", http.Header{"X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"api.example"}}, "https", "api.example",
		},
		"each proxy adds its own": {
			"10.0.0.1:99", http.Header{"X-Forwarded-For": {"1.1.1.1, 10.0.0.2"}, "X-Forwarded-Proto": {"gopher, https, http"}}, "https", "shop.example",
		},
		"only the first proxy says it": {
			"10.0.0.1:99", http.Header{"X-Forwarded-For": {"1.1.1.1, 10.0.0.2"}, "X-Forwarded-Proto": {"https"}}, "https", "shop.example",
		},
		"the client's own stands before the proxy's": {
			"10.0.0.1:99", http.Header{"X-Forwarded-For": {"1.1.1.1"}, "X-Forwarded-Host": {"evil.example", "api.example"}}, "http", "api.example",
		},
		"nonsense is not": {
			"10.0.0.1:99", http.Header{"X-Forwarded-For": {"1.1.1.1"}, "X-Forwarded-Proto": {"gopher"}, "X-Forwarded-Host": {`a"b`}}, "http", "shop.example",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := look(t, proxied(t), request(tt.peer, tt.header))
			if got.proto != tt.proto || got.host != tt.host {
				t.Errorf("got %s %s, want %s %s", got.proto, got.host, tt.proto, tt.host)
			}
		})
	}
}

func TestAServiceIsToldWhereARequestComesFrom(t *testing.T) {
	lies := http.Header{
		"Accept": {"*/*"}, "X-Real-Ip": {"6.6.6.6"}, "X_Real_Ip": {"6.6.6.6"}, "X-Forwarded-Port": {"1"}, "X-Forwarded-Prefix": {"/admin"},
		"X_forwarded_for": {"6.6.6.6"}, "x-forwarded-for": {"6.6.6.6"}, "X-Forwarded-Server": {"a"}, "X-Forwarded.Ssl": {"on"},
		"forwarded": {"for=6.6.6.6"}, "X-Forwarded": {"no field of ours"}, "X-Realxip": {"nor this"}, "X-Real1ip": {"nor this"},
	}
	direct := lies.Clone()
	direct["X-Forwarded-For"], direct["Forwarded"] = []string{"6.6.6.6"}, []string{"for=6.6.6.6"}
	behind := lies.Clone()
	behind["X-Forwarded-For"] = []string{"6.6.6.6, 2001:db8::7, 10.0.0.2"}
	behind["X-Forwarded-Proto"], behind["X-Forwarded-Host"] = []string{"https"}, []string{"api.example:8443"}
	others := http.Header{
		"Accept": {"*/*"}, "X-Forwarded": {"no field of ours"}, "X-Realxip": {"nor this"}, "X-Real1ip": {"nor this"},
	}
	with := func(more http.Header) http.Header {
		all := others.Clone()
		maps.Copy(all, more)
		return all
	}
	tests := map[string]struct {
		r    *http.Request
		want http.Header
	}{
		"by a client": {request("203.0.113.7:99", direct), with(http.Header{
			"Forwarded":       {`for=203.0.113.7;host="shop.example";proto=http`},
			"X-Forwarded-For": {"203.0.113.7"}, "X-Forwarded-Proto": {"http"}, "X-Forwarded-Host": {"shop.example"}, "X-Real-Ip": {"203.0.113.7"},
		})},
		"by a proxy": {request("10.0.0.1:99", behind), with(http.Header{
			"Forwarded":       {`for="[2001:db8::7]";host="api.example:8443";proto=https, for=10.0.0.2, for=10.0.0.1`},
			"X-Forwarded-For": {"2001:db8::7, 10.0.0.2, 10.0.0.1"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"api.example:8443"},
			"X-Real-Ip": {"2001:db8::7"},
		})},
		"by a connection without an address": {request("@", direct), with(http.Header{
			"Forwarded": {`for=unknown;host="shop.example";proto=http`}, "X-Forwarded-Proto": {"http"}, "X-Forwarded-Host": {"shop.example"},
		})},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, look(t, proxied(t), tt.r).sent); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAHostThatIsNoneIsNotToldOn(t *testing.T) {
	r := request("203.0.113.7:99", http.Header{})
	r.Host = `a,b;"c"`
	r.TLS = new(tls.ConnectionState)
	got := look(t, proxied(t), r)
	want := http.Header{
		"Forwarded": {"for=203.0.113.7;proto=https"}, "X-Forwarded-For": {"203.0.113.7"}, "X-Forwarded-Proto": {"https"},
		"X-Real-Ip": {"203.0.113.7"},
	}
	if diff := cmp.Diff(want, got.sent); diff != "" {
		t.Error(diff)
	}
}

func TestAContextOfNoRequestHasNoClient(t *testing.T) {
	if c, ok := From(t.Context()); ok || c.Addr.IsValid() {
		t.Errorf("From = %v, %v", c, ok)
	}
}

func TestTheContextKeepsWhatItHad(t *testing.T) {
	type key struct{}
	r := request("203.0.113.7:99", nil)
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
	proxied(t).Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if got := r.Context().Value(key{}); got != "value" {
			t.Errorf("the value is %v", got)
		}
		cancel()
		<-r.Context().Done()
	})).ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
}

func TestConfigReportsWhatCannotBeTrusted(t *testing.T) {
	for entry, want := range map[string]string{
		"10.0.0.0/8":           "",
		"192.0.2.1":            "",
		"2001:db8::/32":        "",
		"::1":                  "",
		"10.0.0.1/8":           "has bits beyond its length: write 10.0.0.0/8",
		"0.0.0.0/0":            "is everybody, and whoever says so would be believed",
		"::/0":                 "is everybody, and whoever says so would be believed",
		"::ffff:10.0.0.0/104":  "must be written as IPv4, without ::ffff:",
		"::ffff:10.0.0.1":      "must be written as IPv4, without ::ffff:",
		"fe80::1%eth0":         "is no address, and no range such as 10.0.0.0/8",
		"localhost":            "is no address, and no range such as 10.0.0.0/8",
		"10.0.0.0/33":          "is no range such as 10.0.0.0/8 or 2001:db8::/32",
		"":                     "is no address, and no range such as 10.0.0.0/8",
		"10.0.0.0/8, 10.0.0.1": "is no range such as 10.0.0.0/8 or 2001:db8::/32",
	} {
		var got []string
		c := Config{TrustedProxies: []string{"172.16.0.0/12", entry}}
		c.Validate(func(path, message string) { got = append(got, path+" "+message) })
		var all []string
		if want != "" {
			all = []string{"trusted_proxies[1] " + want}
		}
		if diff := cmp.Diff(all, got); diff != "" {
			t.Errorf("%q: %s", entry, diff)
		}
		if _, err := New(c); (err == nil) != (want == "") {
			t.Errorf("%q: New says %v", entry, err)
		}
	}
}

func TestConfigReportsWhatIsTrustedTwice(t *testing.T) {
	var got []string
	c := Config{TrustedProxies: []string{"192.0.2.1", "192.0.2.1/32"}}
	c.Validate(func(path, message string) { got = append(got, path+" "+message) })
	if diff := cmp.Diff([]string{"trusted_proxies[1] repeats trusted_proxies[0]"}, got); diff != "" {
		t.Error(diff)
	}
	DefaultConfig().Validate(func(path, message string) { t.Errorf("%s %s", path, message) })
}

func TestAClientCostsOneAllocationBeyondItsContext(t *testing.T) {
	trust := proxied(t)
	handler := trust.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for name, tt := range map[string]struct {
		r    *http.Request
		most float64
	}{
		"a client":        {request("203.0.113.7:99", http.Header{}), 3}, // one, beside the context and the request that has it
		"behind proxies":  {request("10.0.0.1:99", http.Header{"X-Forwarded-For": {"1.1.1.1, 10.0.0.2"}}), 4},
		"with a standard": {request("10.0.0.1:99", http.Header{"Forwarded": {`for=1.1.1.1;proto=https, for="10.0.0.2"`}}), 4},
	} {
		if got := testing.AllocsPerRun(100, func() { handler.ServeHTTP(nil, facts.Begin(tt.r)) }); got > tt.most {
			t.Errorf("%s: %v allocations, want at most %v", name, got, tt.most)
		}
	}
}

func BenchmarkMiddleware(b *testing.B) {
	handler := proxied(b).Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r := request("10.0.0.1:99", http.Header{"X-Forwarded-For": {"6.6.6.6, 198.51.100.1, 10.0.0.2"}, "X-Forwarded-Proto": {"https"}})
	b.ReportAllocs()
	for b.Loop() {
		handler.ServeHTTP(nil, r)
	}
}

func BenchmarkRebuild(b *testing.B) {
	c := proxied(b).clientOf(request("203.0.113.7:99", http.Header{}))
	header := http.Header{"Accept": {"*/*"}, "User-Agent": {"curl"}, "Accept-Encoding": {"gzip"}}
	b.ReportAllocs()
	for b.Loop() {
		c.Rebuild(header)
	}
}

// FuzzClient checks that whatever is said, the client is an address that somebody trusted has seen, and that what is sent on says
// the same in both ways of saying it, to whoever reads it next.
func FuzzClient(f *testing.F) {
	f.Add("10.0.0.1:99", "1.1.1.1, 10.0.0.2", "", "https", "a.example")
	f.Add("10.0.0.1:99", "", `for="[2001:db8::1]:80";proto=https;host="a:1", for=10.0.0.2`, "", "")
	f.Add("10.0.0.1:99", "", `for="a\", for=1.1.1.1`, "http,https", `"`)
	f.Add("[::ffff:10.0.0.1%1]:99", "::1%x, [fd00::1]:1", "", "", "")
	f.Fuzz(func(t *testing.T, peer, xff, standard, proto, host string) {
		trust := proxied(t)
		header := http.Header{}
		for name, value := range map[string]string{
			"X-Forwarded-For": xff, "Forwarded": standard, "X-Forwarded-Proto": proto, "X-Forwarded-Host": host,
		} {
			if value != "" {
				header[name] = []string{value}
			}
		}
		r := request(peer, header)
		r.Host = host
		c := trust.clientOf(r)
		for _, proxy := range c.proxies {
			if !trust.trusts(proxy) {
				t.Fatalf("%v is on the way from %v, and nobody trusts it", proxy, c.Addr)
			}
		}
		if c.Addr.Is4In6() || c.Addr.Zone() != "" || len(c.proxies) > maxEntries {
			t.Fatalf("the client is %v, behind %d proxies", c.Addr, len(c.proxies))
		}
		sent := http.Header{}
		c.Rebuild(sent)
		if c.Addr.IsValid() {
			agree(t, trust, c, sent)
		}
	})
}

// agree has the next gateway read what is sent on, in either way.
func agree(t *testing.T, trust *Trust, c Client, sent http.Header) {
	t.Helper()
	if len(c.proxies) == 0 || len(c.proxies) == maxEntries {
		return // a client alone has nobody to be told apart from, and nobody reads one more than the most
	}
	trusting, err := New(Config{TrustedProxies: append(proxies(), "127.0.0.1")})
	if err != nil {
		t.Fatal(err)
	}
	for _, without := range []string{"X-Forwarded-For", "Forwarded"} {
		header := sent.Clone()
		header.Del(without)
		again := trusting.clientOf(request("127.0.0.1:1", header))
		if again.Addr != c.Addr && !trust.trusts(c.Addr) || again.Proto != c.Proto || c.Host != "" && again.Host != c.Host {
			t.Fatalf("without %s, %v reads as %+v, want %+v", without, header, again, c)
		}
	}
}
