package tests

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// noting is a service that notes the header of each request, its Host included, once it has read the body.
func noting(t *testing.T) (url string, noted <-chan http.Header) {
	t.Helper()
	headers := make(chan http.Header, 100)
	return serveRaw(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		header := r.Header.Clone()
		header.Set("Host", r.Host)
		for name, values := range r.Trailer {
			header["Trailer:"+name] = values
		}
		headers <- header
	}), headers
}

// beside are the fields that stand in each request to a service. They have tests of their own.
var beside = []string{
	"Forwarded", "Host", "Traceparent", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "X-Request-Id",
}

// arrives sends a request byte by byte, and returns what of its header reached the service, without the fields beside it.
func arrives(t *testing.T, s *rawSite, noted <-chan http.Header, request string) http.Header {
	t.Helper()
	conn := dial(t, s.program)
	write(t, conn, request)
	if r := received(t, conn, http.MethodGet); r.status != http.StatusOK {
		t.Fatalf("the answer is %d %s", r.status, r.body)
	}
	header := comes(t, noted, "the service is asked")
	for _, name := range beside {
		delete(header, name)
	}
	return header
}

func TestProxyHandsOnFieldsAsTheyAre(t *testing.T) {
	url, noted := noting(t)
	s := before(t, url)
	got := arrives(t, s, noted, "GET /any HTTP/1.1\r\nHost: test\r\nAccept: text/html;q=0.9, */*\r\naccept-language: de\r\nX-Twice: a, b\r\nX-Twice: c\r\n"+
		"X-Empty:\r\nX-Bytes: caf\xe9\r\nRange: bytes=0-1\r\nIf-None-Match: W/\"a\"\r\nOrigin: http://page.example\r\nCache-Control: no-cache\r\n"+
		"User-Agent: test/1 (a; b)\r\nDNT: 1\r\nPragma: no-cache\r\nMax-Forwards: 5\r\nReferer: http://page.example/?a=b\r\nPriority: u=1\r\n\r\n")
	want := http.Header{
		"Accept": {"text/html;q=0.9, */*"}, "Accept-Language": {"de"}, "X-Twice": {"a, b", "c"}, "X-Empty": {""}, "X-Bytes": {"caf\xe9"},
		"Range": {"bytes=0-1"}, "If-None-Match": {`W/"a"`}, "Origin": {"http://page.example"}, "Cache-Control": {"no-cache"},
		"User-Agent": {"test/1 (a; b)"}, "Dnt": {"1"}, "Pragma": {"no-cache"}, "Max-Forwards": {"5"}, "Referer": {"http://page.example/?a=b"},
		"Priority": {"u=1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the header (-want +got):\n%s", diff)
	}
	if got := arrives(t, s, noted, "GET /any HTTP/1.1\r\nHost: test\r\n\r\n"); len(got) > 0 {
		t.Errorf("a header of nothing becomes %v", got)
	}
}

// RFC 9110, section 7.6.1.
func TestProxyKeepsBackWhatIsForOneHop(t *testing.T) {
	url, noted := noting(t)
	s := before(t, url)
	for name, c := range map[string]struct {
		fields string
		want   http.Header
	}{
		"fields that Connection names":        {"Connection: X-Private, x-other,close\r\nX-Private: 1\r\nX-Other: 2\r\nX-Third: 3\r\n", http.Header{"X-Third": {"3"}}},
		"fields that several name":            {"Connection: X-Private\r\nConnection: X-Other\r\nX-Private: 1\r\nX-Other: 2\r\n", http.Header{}},
		"fields that are named before":        {"X-Private: 1\r\nConnection: X-PRIVATE\r\n", http.Header{}},
		"Keep-Alive":                          {"Connection: keep-alive\r\nKeep-Alive: timeout=5, max=1000\r\n", http.Header{}},
		"Proxy-Connection":                    {"Proxy-Connection: keep-alive\r\n", http.Header{}},
		"Proxy-Authorization":                 {"Proxy-Authorization: Basic c2VjcmV0\r\nProxy-Authenticate: Basic\r\n", http.Header{}},
		"Proxy-Authorization, spelt with _":   {"Proxy_Authorization: Basic c2VjcmV0\r\n", http.Header{}},
		"TE":                                  {"TE: gzip, deflate;q=0.5\r\nConnection: TE\r\n", http.Header{}},
		"TE, but for trailers":                {"TE: gzip, trailers;q=0.5\r\nConnection: TE\r\n", http.Header{"Te": {"trailers"}}},
		"Upgrade-Insecure-Requests is no hop": {"Upgrade-Insecure-Requests: 1\r\n", http.Header{"Upgrade-Insecure-Requests": {"1"}}},
		"a Trailer without chunks":            {"Trailer: X-Sum\r\n", http.Header{}},
		"a Connection that names what is not": {"Connection: X-Nowhere\r\nX-Some: 1\r\n", http.Header{"X-Some": {"1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := arrives(t, s, noted, "GET /any HTTP/1.1\r\nHost: test\r\n"+c.fields+"\r\n")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("the header (-want +got):\n%s", diff)
			}
		})
	}
}

// A client that could have these removed would choose what the service believes.
func TestProxyRefusesConnectionsThatNameWhatIsNotTheClients(t *testing.T) {
	url, noted := noting(t)
	s := before(t, url)
	for _, name := range []string{
		"X-User-Id", "x-user-scopes", "X_User_Id", "Authorization", "Cookie", "X-Forwarded-For", "X-Forwarded-Anything", "Forwarded", "Host",
		"Via", "X-Request-ID", "Traceparent", "Idempotency-Key", "X-Real-IP", "X-Gateway-Token",
	} {
		conn := dial(t, s.program)
		write(t, conn, "GET /any HTTP/1.1\r\nHost: test\r\nConnection: close, "+name+"\r\n\r\n")
		if r := received(t, conn, http.MethodGet); r.status != http.StatusBadRequest {
			t.Errorf("Connection: %s is answered with %d", name, r.status)
		}
	}
	if n := len(noted); n > 0 {
		t.Errorf("the service was asked %d times", n)
	}
}

// identitySpellings are names that a service may take for those by which the gateway says who is calling: CGI, WSGI and PHP read
// the first of them as HTTP_X_USER_ID, and the last too.
func identitySpellings() []string {
	return []string{
		"X-User-ID", "x-user-id", "X-USER-ID", "X_User_ID", "x_user_id", "X-User_Id", "X_User-Id", "X.User.ID", "X~User~Id", "x-user.id", "X!User|Id",
		"X-User-Scopes", "X_USER_SCOPES", "x-user_scopes", "X-Gateway-Token", "X_Gateway_Token", "x-gateway_token",
	}
}

func TestProxyTakesNoIdentityFromClients(t *testing.T) {
	url, noted := noting(t)
	s := before(t, url)
	forged := make([]string, 0, len(identitySpellings()))
	for _, name := range identitySpellings() {
		forged = append(forged, name+": 1\r\n")
	}
	fields := strings.Join(forged, "")
	t.Run("of nobody", func(t *testing.T) {
		if got := arrives(t, s, noted, "GET /any HTTP/1.1\r\nHost: test\r\n"+fields+"\r\n"); len(got) > 0 {
			t.Errorf("the service gets %v", got)
		}
	})
	t.Run("of somebody", func(t *testing.T) {
		got := arrives(t, s, noted, "GET /any HTTP/1.1\r\nHost: test\r\nAuthorization: "+s.writer(t)+"\r\n"+fields+"\r\n")
		if diff := cmp.Diff(http.Header{"X-User-Id": {"7"}, "X-User-Scopes": {"files:write"}}, got); diff != "" {
			t.Errorf("the header (-want +got):\n%s", diff)
		}
	})
	t.Run("in trailers", func(t *testing.T) {
		got := arrives(t, s, noted, "PUT /any HTTP/1.1\r\nHost: test\r\nAuthorization: "+s.writer(t)+"\r\nTransfer-Encoding: chunked\r\n"+
			"Trailer: X-Sum, "+strings.Join(identitySpellings(), ", ")+", Authorization, X-Forwarded-For\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 6\r\nAuthorization: 1\r\n"+
			"X-Forwarded-For: 1.2.3.4\r\n"+fields+"\r\n")
		if diff := cmp.Diff(http.Header{"X-User-Id": {"7"}, "X-User-Scopes": {"files:write"}, "Trailer:X-Sum": {"6"}}, got); diff != "" {
			t.Errorf("the header (-want +got):\n%s", diff)
		}
	})
	t.Run("in trailers that were not announced", func(t *testing.T) {
		got := arrives(t, s, noted, "PUT /any HTTP/1.1\r\nHost: test\r\nAuthorization: "+s.writer(t)+"\r\nTransfer-Encoding: chunked\r\n"+
			"\r\n3\r\nabc\r\n0\r\n"+fields+"\r\n")
		if diff := cmp.Diff(http.Header{"X-User-Id": {"7"}, "X-User-Scopes": {"files:write"}}, got); diff != "" {
			t.Errorf("the header (-want +got):\n%s", diff)
		}
	})
	t.Run("by HTTP/2", func(t *testing.T) {
		s := securely(t, rawConfig(rawRoutes, url))
		req := s.to(t, http.MethodGet, "/any", nil)
		for _, name := range identitySpellings() {
			req.Header[name] = []string{"1"}
		}
		sendBy(t, clientOf(t, s.roots, 2), req)
		got := comes(t, noted, "the service is asked")
		if !slices.Equal(got["X-User-Id"], []string{"7"}) || !slices.Equal(got["X-User-Scopes"], []string{"files:write"}) {
			t.Errorf("the service gets %v", got)
		}
		for name := range got {
			if name != "X-User-Id" && name != "X-User-Scopes" && slices.ContainsFunc(identitySpellings(), func(each string) bool { return strings.EqualFold(each, name) }) {
				t.Errorf("the service gets %s", name)
			}
		}
	})
}

func TestProxyKeepsSecretsBackUnlessTheRouteForwardsThem(t *testing.T) {
	url, noted := noting(t)
	for name, c := range map[string]struct {
		forward string
		want    []string
	}{
		"neither":       {"[]", nil},
		"Authorization": {"[Authorization]", []string{"Authorization"}},
		"Cookie":        {"[cookie]", []string{"Cookie"}},
		"both":          {"[cookie, authorization]", []string{"Authorization", "Cookie"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := startRaw(t, rawConfig(`    - {match: "GET /{path...}", upstream: files, raw: true, public: true, forward: `+c.forward+`}`, url))
			got := arrives(t, s, noted, "GET /any HTTP/1.1\r\nHost: test\r\nAuthorization: "+s.writer(t)+
				"\r\nCookie: a=1; b=2\r\n\r\n")
			delete(got, "X-User-Id")
			delete(got, "X-User-Scopes")
			if diff := cmp.Diff(c.want, slices.Sorted(maps.Keys(got))); diff != "" && len(got) > 0 {
				t.Errorf("the fields (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProxyTellsTheServiceWhereARequestComesFrom(t *testing.T) {
	url, noted := noting(t)
	const claims = "X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\nX-Forwarded-Prefix: /app\r\n" +
		"X_Forwarded_For: 1.1.1.1\r\nX-Forwarded_Port: 1\r\nX-Real-IP: 203.0.113.9\r\nX_Real_IP: 1.1.1.1\r\nForwarded: for=203.0.113.9;proto=https\r\n"
	said := func(header http.Header) http.Header {
		found := make(http.Header)
		for name, values := range header {
			if lower := strings.ReplaceAll(strings.ToLower(name), "_", "-"); strings.Contains(lower, "forwarded") || strings.Contains(lower, "real-ip") {
				found[name] = values
			}
		}
		return found
	}
	for name, c := range map[string]struct {
		trusted, fields string
		want            http.Header
	}{
		"by whom it knows": {"[]", "", http.Header{
			"X-Forwarded-For": {"127.0.0.1"}, "X-Forwarded-Proto": {"http"}, "X-Forwarded-Host": {"test:80"}, "X-Real-Ip": {"127.0.0.1"},
			"Forwarded": {`for=127.0.0.1;host="test:80";proto=http`},
		}},
		"and not by what a client says": {"[]", claims, http.Header{
			"X-Forwarded-For": {"127.0.0.1"}, "X-Forwarded-Proto": {"http"}, "X-Forwarded-Host": {"test:80"}, "X-Real-Ip": {"127.0.0.1"},
			"Forwarded": {`for=127.0.0.1;host="test:80";proto=http`},
		}},
		"nor a proxy that nobody trusts": {"[10.0.0.0/8]", claims, http.Header{
			"X-Forwarded-For": {"127.0.0.1"}, "X-Forwarded-Proto": {"http"}, "X-Forwarded-Host": {"test:80"}, "X-Real-Ip": {"127.0.0.1"},
			"Forwarded": {`for=127.0.0.1;host="test:80";proto=http`},
		}},
		"but by a proxy that is trusted": {"[127.0.0.1]", claims, http.Header{
			"X-Forwarded-For": {"198.51.100.7, 127.0.0.1"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"shop.example"}, "X-Real-Ip": {"198.51.100.7"},
			"Forwarded": {`for=198.51.100.7;host="shop.example";proto=https, for=127.0.0.1`},
		}},
		"and by several": {"[127.0.0.1, 198.51.100.0/24]", claims, http.Header{
			"X-Forwarded-For": {"203.0.113.9, 198.51.100.7, 127.0.0.1"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"shop.example"},
			"X-Real-Ip": {"203.0.113.9"}, "Forwarded": {`for=203.0.113.9;host="shop.example";proto=https, for=198.51.100.7, for=127.0.0.1`},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := startRaw(t, with(rawConfig(rawRoutes, url), "server", "trusted_proxies: "+c.trusted))
			conn := dial(t, s.program)
			write(t, conn, "GET /any HTTP/1.1\r\nHost: test:80\r\nX-Request-ID: its-own\r\n"+c.fields+"\r\n")
			received(t, conn, http.MethodGet)
			got := comes(t, noted, "the service is asked")
			if diff := cmp.Diff(c.want, said(got)); diff != "" {
				t.Errorf("what it is told (-want +got):\n%s", diff)
			}
			if host := got.Get("Host"); host != strings.TrimPrefix(url, "http://") {
				t.Errorf("the service's own host is %q", host)
			}
			if id := got.Get("X-Request-Id"); id != "its-own" || got.Get("Traceparent") == "" {
				t.Errorf("the request is named %q, in trace %q", id, got.Get("Traceparent"))
			}
		})
	}
}

func TestProxySaysThatItWasOnTheWay(t *testing.T) {
	url, noted := noting(t)
	s := before(t, url)
	for request, want := range map[string][]string{
		"GET /any HTTP/1.1\r\nHost: test\r\n\r\n":                                        {"1.1 concierge"},
		"GET /any HTTP/1.0\r\n\r\n":                                                      {"1.0 concierge"},
		"GET /any HTTP/1.1\r\nHost: test\r\nVia: 1.0 fred, 1.1 other (a proxy)\r\n\r\n":  {"1.0 fred, 1.1 other (a proxy)", "1.1 concierge"},
		"GET /any HTTP/1.1\r\nHost: test\r\nVia: 1.1 concierge\r\nVia: 1.1 fred\r\n\r\n": {"1.1 concierge", "1.1 fred", "1.1 concierge"},
	} {
		conn := dial(t, s.program)
		write(t, conn, request)
		received(t, conn, http.MethodGet)
		if diff := cmp.Diff(want, comes(t, noted, "the service is asked")["Via"]); diff != "" {
			t.Errorf("Via (-want +got):\n%s", diff)
		}
	}
	s = securely(t, rawConfig(rawRoutes, url))
	sendBy(t, clientOf(t, s.roots, 2), s.to(t, http.MethodGet, "/any", nil))
	if got := comes(t, noted, "the service is asked")["Via"]; !slices.Equal(got, []string{"2.0 concierge"}) {
		t.Errorf("Via by HTTP/2: %q", got)
	}
}

// A route that leads back to the gateway would keep it busy with one request for ever.
func TestProxyEndsALoop(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s := before(t, "http://"+listener.Addr().String())
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				to, err := new(net.Dialer).Dial("tcp", strings.TrimPrefix(s.public, "http://"))
				if err != nil {
					return
				}
				go func() { _, _ = io.Copy(to, from); _ = to.Close() }()
				_, _ = io.Copy(from, to)
				_ = from.Close()
			}()
		}
	}()
	r := send(t, s.to(t, http.MethodGet, "/round", nil))
	refusal{508, problemJSON, "LOOP_DETECTED", "", ""}.check(t, r)
	rounds := 0
	s.log.await(t, func(log string) bool {
		rounds = len(requests(t, log))
		return rounds >= 6
	})
	if rounds != 6 {
		t.Errorf("it went round %d times", rounds)
	}
}

// What a service says of its connection is for the gateway, and so are the fields that it names.
func TestProxyKeepsBackWhatTheServiceSaysToIt(t *testing.T) {
	url := speakRaw(t, func(conn *net.TCPConn, _ *bufio.Reader, _ string) {
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: X-Private, keep-alive\r\nX-Private: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\n"+
			"Upgrade: h2c\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nX-Public: 1\r\nServer: old\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"+
			"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nVia: 1.1 fred\r\nX-Request-ID: of-the-service\r\nContent-Length: 0\r\n\r\n")
	})
	s := securely(t, rawConfig(rawRoutes, url))
	for version, client := range s.clients(t) {
		t.Run(version, func(t *testing.T) {
			req := s.to(t, http.MethodGet, "/any", nil)
			req.Header.Set("X-Request-ID", "of-the-client")
			r := sendBy(t, client, req)
			for _, name := range []string{"Strict-Transport-Security", "Connection"} {
				r.header.Del(name)
			}
			want := http.Header{
				"X-Public": {"1"}, "Server": {"old"}, "Date": {"Thu, 01 Jan 1970 00:00:00 GMT"}, "Set-Cookie": {"a=1", "b=2"}, "Via": {"1.1 fred"},
				"X-Request-Id": {"of-the-client"}, "Content-Length": {"0"},
			}
			if diff := cmp.Diff(want, r.header); diff != "" {
				t.Errorf("the header (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProxyAddsNoPolicyForBrowsersToAPage(t *testing.T) {
	s := before(t, nginx(t))
	for path, want := range map[string]string{"/page.html": "", "/page": "default-src 'self'"} {
		r := get(t, s.public+path)
		if got := r.header.Get("Content-Security-Policy"); got != want {
			t.Errorf("%s: Content-Security-Policy: %q, want %q", path, got, want)
		}
		for _, name := range []string{"X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Resource-Policy", "Cross-Origin-Opener-Policy"} {
			if got := r.header.Get(name); got != "" {
				t.Errorf("%s: %s: %s", path, name, got)
			}
		}
	}
	// What the gateway itself says has one.
	if r := get(t, s.public+"/..%2f"); r.status != http.StatusBadRequest || r.header.Get("Content-Security-Policy") == "" {
		t.Errorf("a refusal is %d %v", r.status, r.header)
	}
	if got := fmt.Sprint(get(t, s.public+"/page.html").header["Content-Type"]); got != "[text/html]" {
		t.Errorf("Content-Type: %s", got)
	}
}
