package framing

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// stream is a request as net/http makes it of a stream.
func stream(method, path, host string, fields ...string) *http.Request {
	r := &http.Request{Method: method, RequestURI: path, Host: host, ProtoMajor: 2, Header: make(http.Header)}
	for i := 0; i < len(fields); i += 2 {
		r.Header[fields[i]] = append(r.Header[fields[i]], fields[i+1])
	}
	return r
}

func TestAStreamMayNotBecomeAnotherRequest(t *testing.T) {
	const get, host = http.MethodGet, "api.example.com"
	for name, c := range map[string]struct {
		request *http.Request
		want    reason
	}{
		"a request":                   {stream(get, "/users?id=7", host, "Accept", "*/*"), none},
		"one with a port":             {stream(get, "/", "api.example.com:8443"), none},
		"one with a body":             {stream("POST", "/graphql", host, "Content-Length", "5"), none},
		"one that asks for options":   {stream("OPTIONS", "*", host), none},
		"its host twice":              {stream(get, "/", host, "Host", "API.example.com"), none},
		"a tunnel":                    {stream("CONNECT", "db.internal:5432", "db.internal:5432"), none},
		"a tunnel to a path":          {stream("CONNECT", "/chat", host), requestTarget},
		"a URL":                       {stream(get, "http://admin.internal/", host), requestTarget},
		"a URL without a scheme":      {stream(get, "admin.internal/", host), requestTarget},
		"no path":                     {stream(get, "", host), requestTarget},
		"options of another method":   {stream(get, "*", host), requestTarget},
		"a fragment":                  {stream(get, "/#x", host), requestTarget},
		"a line feed":                 {stream(get, "/\r\nX: y", host), requestTarget},
		"letters of other languages":  {stream(get, "/ü", host), requestTarget},
		"a broken escape":             {stream(get, "/%2", host), requestTarget},
		"no host":                     {stream(get, "/", ""), hostMissing},
		"a host with a path":          {stream(get, "/", "api.example.com/x"), hostValue},
		"a list of hosts":             {stream(get, "/", "a,b"), hostValue},
		"another host beside it":      {stream(get, "/", host, "Host", "admin.internal"), hostMismatch},
		"two hosts":                   {stream(get, "/", host, "Host", host, "Host", host), hostRepeated},
		"a length that is none":       {stream("POST", "/", host, "Content-Length", "five"), lengthValue},
		"a length with a sign":        {stream("POST", "/", host, "Content-Length", "+5"), lengthValue},
		"two lengths":                 {stream("POST", "/", host, "Content-Length", "5", "Content-Length", "5"), lengthRepeated},
		"a name like one that frames": {stream("POST", "/", host, "Content_length", "5"), lookalike},
		"a host with an underscore":   {stream(get, "/", host, "Transfer_encoding", "chunked"), lookalike},
		"a field of the connection":   {stream(get, "/", host, "Connection", "close"), connectionField},
		"an upgrade":                  {stream(get, "/", host, "Upgrade", "websocket"), connectionField},
		"a coding of the connection":  {stream(get, "/", host, "Transfer-Encoding", "chunked"), connectionField},
	} {
		t.Run(name, func(t *testing.T) {
			if got := judgeStream(c.request); got != c.want {
				t.Errorf("it was judged as %q, want %q", got.words().label, c.want.words().label)
			}
			if _, there := c.request.Header["Host"]; there && c.want == none {
				t.Error("the field Host is there")
			}
		})
	}
}

func TestATrailerThatFramesIsRefused(t *testing.T) {
	r := stream("POST", "/", "api.example.com")
	r.Trailer = http.Header{"Host": nil}
	if got := judgeStream(r); got != trailerName {
		t.Errorf("it was judged as %q", got.words().label)
	}
}

func TestARefusedStreamMeetsTheHandlerAsAProblem(t *testing.T) {
	g := New(Settings{MaxHeader: limit}, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	var met error
	handler := g.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		met, _ = Refused(r.Context())
		if r.URL.Path != "/" || len(r.Header) > 0 {
			t.Errorf("the handler saw %s %v of it", r.URL, r.Header)
		}
	}))
	r := stream(http.MethodGet, "http://admin.internal/secret", "api.example.com", "Cookie", "x")
	handler.ServeHTTP(httptest.NewRecorder(), r)
	if met == nil || !strings.Contains(met.Error(), requestTarget.words().message) {
		t.Errorf("the handler met %v", met)
	}
}

// Whatever passes as a stream, passes as the HTTP/1.1 request that says the same.
func FuzzStream(f *testing.F) {
	f.Add("GET", "/users", "api.example.com", "Accept", "*/*")
	f.Add("OPTIONS", "*", "[::1]:80", "Content-Length", "07")
	f.Add("CONNECT", "a:1", "a:1", "Host", "a:1")
	f.Fuzz(func(t *testing.T, method, path, host, name, value string) {
		if tokenLen([]byte(method)) != len(method) || method == "" || controlIndex([]byte(value)) >= 0 ||
			tokenLen([]byte(name)) != len(name) || name == "" || strings.TrimSpace(value) != value {
			t.Skip("net/http refuses it")
		}
		r := stream(method, path, host, http.CanonicalHeaderKey(name), value)
		if judgeStream(r) != none {
			return
		}
		text := []byte(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n")
		for name, values := range r.Header {
			text = append(text, name+": "+values[0]+"\r\n"...)
		}
		j := judge{maxHead: 1 << 20}
		if _, reason := j.look(append(text, "\r\n"...)); reason != none && reason != connectContent {
			t.Errorf("%q passes as a stream, and is refused as %s", text, reason.words().label)
		}
	})
}
