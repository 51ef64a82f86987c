package proxy

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/concierge-gateway/concierge/problem"
)

// inbound is a request as net/http hands it over.
func inbound(header http.Header) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/users/7?x=1", nil)
	r.Header = header
	return r
}

func TestOnlyWhatMayPassGoesToTheService(t *testing.T) {
	forwardAll := Options{Forward: []string{"authorization", "Cookie"}}
	upgrade := http.Header{
		"Connection": {"keep-alive, Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Key": {"x"}, "User-Agent": {"a"},
	}
	tests := map[string]struct {
		in   http.Header
		opts Options
		want http.Header // beside Via and User-Agent, unless they are given
	}{
		"end to end": {
			in: http.Header{
				"Accept-Encoding": {"br"}, "Range": {"bytes=0-1"}, "If-None-Match": {`"a"`}, "If-Range": {`"a"`}, "X-Custom": {"1", "2"},
				"X-Name": {"Zoë \xff"}, "Idempotency-Key": {"k"}, "X-Request-Id": {"r"}, "Traceparent": {"t"}, "Tracestate": {"s"},
			},
			want: http.Header{
				"Accept-Encoding": {"br"}, "Range": {"bytes=0-1"}, "If-None-Match": {`"a"`}, "If-Range": {`"a"`}, "X-Custom": {"1", "2"},
				"X-Name": {"Zoë \xff"}, "Idempotency-Key": {"k"}, "X-Request-Id": {"r"}, "Traceparent": {"t"}, "Tracestate": {"s"},
			},
		},
		"for one hop": {
			in: http.Header{
				"Connection": {"close, X-Hop", "\tX-Other ,,"}, "X-Hop": {"1"}, "X-Other": {"1"}, "Keep-Alive": {"5"}, "Proxy-Connection": {"x"},
				"Transfer-Encoding": {"chunked"}, "Trailer": {"X"}, "Proxy-Authenticate": {"x"}, "Proxy-Authorization": {"x"}, "Te": {"gzip"},
				"Upgrade": {"websocket"}, "X-End": {"1"},
			},
			want: http.Header{"X-End": {"1"}},
		},
		"h2c never": {
			in: http.Header{
				"Connection": {"Upgrade, HTTP2-Settings"}, "Upgrade": {"h2c"}, "Http2-Settings": {"AAMAAABkAAQ"},
			},
			opts: Options{Upgrade: true},
			want: http.Header{},
		},
		"the settings of h2c alone":       {in: http.Header{"Http2-Settings": {"AAMAAABkAAQ"}}, want: http.Header{}},
		"a WebSocket where it may":        {in: upgrade, opts: Options{Upgrade: true}, want: http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Key": {"x"}, "User-Agent": {"a"}}},
		"a WebSocket where it may not":    {in: upgrade, want: http.Header{"Sec-Websocket-Key": {"x"}, "User-Agent": {"a"}}},
		"one protocol of several":         {in: http.Header{"Connection": {"Upgrade"}, "Upgrade": {"h2c, WebSocket"}}, opts: Options{Upgrade: true}, want: http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}}},
		"trailers are understood":         {in: http.Header{"Te": {"gzip, Trailers;q=0.5"}, "Connection": {"TE"}}, want: http.Header{"Te": {"trailers"}}},
		"the client's secrets stay":       {in: http.Header{"Authorization": {"Bearer x"}, "Cookie": {"a=b"}}, want: http.Header{}},
		"unless they are to be forwarded": {in: http.Header{"Authorization": {"Bearer x"}, "Cookie": {"a=b"}}, opts: forwardAll, want: http.Header{"Authorization": {"Bearer x"}, "Cookie": {"a=b"}}},
		"one by one":                      {in: http.Header{"Authorization": {"Bearer x"}, "Cookie": {"a=b"}}, opts: Options{Forward: []string{"COOKIE"}}, want: http.Header{"Cookie": {"a=b"}}},
		"nothing else can be forwarded":   {in: http.Header{"X-User-Id": {"1"}, "Proxy-Authorization": {"x"}}, opts: Options{Forward: []string{"X-User-Id", "Proxy-Authorization"}}, want: http.Header{}},
		"who the client is": {
			in: http.Header{
				"X-User-Id": {"1"}, "X_user_id": {"1"}, "X_USER_ID": {"1"}, "x-user-id": {"1"}, "X-User_id": {"1"}, "X.User.Id": {"1"},
				"X-User-Scopes": {"1"}, "X_user_scopes": {"1"}, "X-User-Tenant": {"1"}, "X_user_tenant": {"1"}, "X-Gateway-Token": {"1"}, "X-Gateway_token": {"1"}, "X~Gateway~Token": {"1"},
			},
			want: http.Header{},
		},
		"where it comes from": {
			in: http.Header{
				"Forwarded": {"for=1.1.1.1"}, "X-Forwarded-For": {"1.1.1.1"}, "X_forwarded_for": {"1.1.1.1"}, "X-Forwarded-Anything-That-Is-Long": {"x"},
				"X_forwarded-Prefix": {"/x"}, "X-Real-Ip": {"1.1.1.1"}, "X-Real_ip": {"1.1.1.1"},
			},
			want: http.Header{},
		},
		"other spellings of what is protected": {
			in: http.Header{
				"X_request_id": {"1"}, "Content_length": {"1"}, "Transfer_encoding": {"chunked"}, "Idempotency_key": {"k"}, "Proxy_connection": {"x"},
				"Keep_alive": {"x"}, "Http2_settings": {"x"}, "Content-Length": {"0"}, "Host": {"x"},
			},
			want: http.Header{},
		},
		"another method or target": {
			in: http.Header{
				"X-Http-Method-Override": {"DELETE"}, "X_http_method_override": {"DELETE"}, "X-Http-Method": {"PUT"}, "X-Method-Override": {"PUT"},
				"X-Original-Url": {"/admin"}, "X-Rewrite_url": {"/admin"},
			},
			want: http.Header{},
		},
		"another method where it may": {
			in:   http.Header{"X-Http-Method-Override": {"DELETE"}, "X_HTTP_METHOD_OVERRIDE": {"DELETE"}, "X-Original-Url": {"/b"}},
			opts: Options{Detours: true}, want: http.Header{"X-Http-Method-Override": {"DELETE"}, "X-Original-Url": {"/b"}},
		},
		"other names with underscores": {in: http.Header{"X_Custom": {"1"}, "My_token": {"2"}}, want: http.Header{"X_Custom": {"1"}, "My_token": {"2"}}},
		"its own name of a client":     {in: http.Header{"User-Agent": {"curl/8"}}, want: http.Header{"User-Agent": {"curl/8"}}},
		"who has seen it":              {in: http.Header{"Via": {"1.0 fred, 1.1 concierge (1.1 concierge)"}}, want: http.Header{"Via": {"1.0 fred, 1.1 concierge (1.1 concierge)", "1.1 concierge"}}},
		"an expectation of no body":    {in: http.Header{"Expect": {"100-continue"}}, opts: Options{Stream: true}, want: http.Header{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			before := tt.in.Clone()
			out, err := Outgoing(inbound(tt.in), tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := tt.want["User-Agent"]; !ok {
				tt.want["User-Agent"] = nil
			}
			if _, ok := tt.want["Via"]; !ok {
				tt.want["Via"] = []string{"1.1 concierge"}
			}
			if diff := cmp.Diff(tt.want, out.Header); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(before, tt.in); diff != "" {
				t.Errorf("the inbound header has changed: %s", diff)
			}
		})
	}
}

func TestTheHeaderIsACopy(t *testing.T) {
	r := inbound(http.Header{"X-Custom": append(make([]string, 0, 4), "1")})
	first, err := Outgoing(r, Options{})
	if err != nil {
		t.Fatal(err)
	}
	second, _ := Outgoing(r, Options{})
	first.Header.Add("X-Custom", "2")
	second.Header.Add("X-Custom", "3")
	first.URL.Path = "/other"
	if got := first.Header["X-Custom"][1]; got != "2" {
		t.Errorf("one copy is %s", got)
	}
	if len(r.Header["X-Custom"]) != 1 || r.URL.Path != "/users/7" {
		t.Errorf("the inbound request has changed: %v %v", r.Header, r.URL)
	}
	if first.Host != "" || first.RequestURI != "" || first.Close {
		t.Errorf("the copy has kept what is the gateway's: %+v", first)
	}
}

func TestWhatIsNotAClientsOwnCannotBeNamedInConnection(t *testing.T) {
	for _, name := range []string{
		"Host", "authorization", "Content-Length", "COOKIE", "X-Forwarded-For", "x-forwarded-anything", "Forwarded", "X-Real-IP", "Via",
		"X-User-ID", "x_user_id", "X-User-Scopes", "X-User-Tenant", "X-Gateway-Token", "X-Request-ID", "Traceparent", "Tracestate", "Idempotency-Key",
	} {
		_, err := Outgoing(inbound(http.Header{"Connection": {"keep-alive", "close, " + name}}), Options{})
		if problem.KindOf(err) != problem.BadInput || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := Outgoing(inbound(http.Header{"Connection": {"x-forwarded-" + strings.Repeat("a", 1000)}}), Options{})
	if err == nil || len(err.Error()) > 120 {
		t.Errorf("a long name is repeated: %v", err)
	}
}

func TestHTTP2HasNoFieldsForOneHop(t *testing.T) {
	for name, values := range map[string][]string{
		"Connection": {"close"}, "Proxy-Connection": {"x"}, "Keep-Alive": {"x"}, "Transfer-Encoding": {"chunked"}, "Upgrade": {"websocket"},
		"Te": {"gzip"},
	} {
		r := inbound(http.Header{name: values})
		r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/2.0", 2, 0
		if _, err := Outgoing(r, Options{}); problem.KindOf(err) != problem.BadInput {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := inbound(http.Header{"Te": {"trailers"}})
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/2.0", 2, 0
	out, err := Outgoing(r, Options{})
	if err != nil || out.Header.Get("TE") != "trailers" || out.Header.Get("Via") != "2.0 concierge" {
		t.Errorf("got %v, %v", out.Header, err)
	}
}

// net/http lets these through, which RFC 9113, section 8.1.1, has a server treat as malformed.
func TestAClientOfHTTP2WithFieldsForOneHopIsRefused(t *testing.T) {
	g := &gateway{service: saying(t, "HTTP/1.1 204 No Content\r\n\r\n")}
	server := open(t, g, 2)
	for name, value := range map[string]string{"connection": "close", "te": "gzip", "upgrade": "h2c", "keep-alive": "5"} {
		if got := statusOfHTTP2(t, server, hpack.HeaderField{Name: name, Value: value}); got != "400" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := statusOfHTTP2(t, server, hpack.HeaderField{Name: "te", Value: "trailers"}); got != "204" {
		t.Errorf("TE: trailers: %s", got)
	}
}

// statusOfHTTP2 speaks HTTP/2 frame by frame, since no client sends such fields.
func statusOfHTTP2(t *testing.T, server *httptest.Server, field hpack.HeaderField) string {
	t.Helper()
	settings := server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	settings.NextProtos = []string{"h2"}
	conn, err := (&tls.Dialer{Config: settings}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, each := range []hpack.HeaderField{
		{Name: ":method", Value: "GET"}, {Name: ":path", Value: "/"}, {Name: ":scheme", Value: "https"}, {Name: ":authority", Value: "a"}, field,
	} {
		encoder.WriteField(each)
	}
	io.WriteString(conn, http2.ClientPreface)
	framer := http2.NewFramer(conn, conn)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	framer.WriteSettings()
	framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: true})
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if answer, ok := frame.(*http2.MetaHeadersFrame); ok {
			return answer.PseudoValue("status")
		}
	}
}

func TestAClientOfHTTP10IsTakenForOne(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("body"))
	r.Header = http.Header{"Expect": {"100-continue"}, "Connection": {"Upgrade"}, "Upgrade": {"websocket"}}
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.0", 1, 0
	out, err := Outgoing(r, Options{Stream: true, Upgrade: true})
	want := http.Header{"Via": {"1.0 concierge"}, "User-Agent": nil}
	if diff := cmp.Diff(want, out.Header); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestARequestThatGoesRoundInCirclesIsStopped(t *testing.T) {
	for name, tt := range map[string]struct {
		via  []string
		want problem.Kind
	}{
		"four times":         {[]string{"1.1 concierge, 1.1 concierge", "2.0 Concierge (x), HTTP/1.1  concierge"}, problem.Internal},
		"five times":         {[]string{"1.1 concierge, 1.1 concierge", "2.0 Concierge (x), HTTP/1.1  concierge,1.1\tconcierge, 1.1 concierge"}, problem.LoopDetected},
		"others":             {[]string{strings.Repeat("1.1 concierged, ", 9)}, problem.Internal},
		"members of nothing": {[]string{",,," + strings.Repeat("concierge,", 9)}, problem.Internal},
	} {
		_, err := Outgoing(inbound(http.Header{"Via": tt.via}), Options{})
		if (err != nil) != (tt.want != problem.Internal) || err != nil && problem.KindOf(err) != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if problem.LoopDetected.Status() != http.StatusLoopDetected {
		t.Error("a loop is told as something else")
	}
}

func TestABodyThatSaysItIsTooLargeIsNotRead(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("12345"))
	if _, err := Outgoing(r, Options{MaxBody: 4}); problem.KindOf(err) != problem.TooLarge {
		t.Errorf("got %v", err)
	}
	if _, err := Outgoing(r, Options{MaxBody: 5}); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestABodyThatTurnsOutTooLargeEndsTheCall(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader("12345")))
	r.ContentLength = -1
	out, err := Outgoing(r, Options{MaxBody: 4})
	if err != nil {
		t.Fatal(err)
	}
	_, read := io.ReadAll(out.Body)
	_, sent := Send(httptest.NewRecorder(), out, roundTrip(func(r *http.Request) (*http.Response, error) { return nil, r.Context().Err() }))
	if problem.KindOf(read) != problem.TooLarge || problem.KindOf(sent) != problem.TooLarge {
		t.Errorf("reading says %v, sending %v", read, sent)
	}
}

func TestABodyIsFramedAsTheClientFramedIt(t *testing.T) {
	for name, tt := range map[string]struct {
		method, length string
		body           io.Reader
		want           []string
	}{
		"none":               {http.MethodDelete, "", nil, nil},
		"none that was said": {http.MethodDelete, "0", nil, []string{"identity"}},
		"one of a length":    {http.MethodPost, "4", strings.NewReader("body"), nil},
		"one without":        {http.MethodGet, "", io.MultiReader(strings.NewReader("body")), []string{"chunked"}},
	} {
		r := httptest.NewRequest(tt.method, "/", tt.body)
		if tt.length != "" {
			r.Header.Set("Content-Length", tt.length)
		}
		out, err := Outgoing(r, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, out.TransferEncoding); diff != "" || hasBody(out) != (tt.body != nil) {
			t.Errorf("%s: %v %s", name, out.Body, diff)
		}
	}
}

func TestAnotherBodyCanBeSentAgain(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader("body")))
	r.Trailer = http.Header{"X-Sum": nil}
	r.Header = http.Header{"Expect": {"100-continue"}, "Digest": {"x"}, "Content-Type": {"text/plain"}}
	out, err := Outgoing(r, Options{Stream: true})
	if err != nil {
		t.Fatal(err)
	}
	SetBody(out, []byte("another"))
	again, err := out.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []io.Reader{out.Body, again} {
		if got, err := io.ReadAll(body); string(got) != "another" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if out.ContentLength != 7 || out.TransferEncoding != nil || out.Trailer != nil {
		t.Errorf("it is framed as %d %v %v", out.ContentLength, out.TransferEncoding, out.Trailer)
	}
	want := http.Header{"Content-Type": {"text/plain"}, "Via": {"1.1 concierge"}, "User-Agent": nil}
	if diff := cmp.Diff(want, out.Header); diff != "" {
		t.Error(diff)
	}
}

func TestAnEmptyBodyIsNone(t *testing.T) {
	out, err := Outgoing(httptest.NewRequest(http.MethodPost, "/", strings.NewReader("body")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	SetBody(out, nil)
	if hasBody(out) || out.Body != http.NoBody {
		t.Errorf("got %v of length %d", out.Body, out.ContentLength)
	}
}

func TestTrailersOfARequestAreFilteredToo(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.ContentLength = -1
	r.Header.Set("Connection", "X-Hop")
	r.Trailer = http.Header{"X-Sum": nil, "X-User-Id": nil, "X_user_id": nil, "Content-Length": nil, "Authorization": nil, "X-Hop": nil, "X-Forwarded-For": nil, "Te": nil}
	r.Body = io.NopCloser(readers(func() (string, error) {
		for name := range r.Trailer {
			r.Trailer[name] = []string{"value"}
		}
		r.Trailer["X-Unannounced"] = []string{"value"}
		return "", io.EOF
	}))
	out, err := Outgoing(r, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(http.Header{"X-Sum": nil}, out.Trailer); diff != "" {
		t.Errorf("announced: %s", diff)
	}
	_, _ = io.ReadAll(out.Body)
	if diff := cmp.Diff(http.Header{"X-Sum": {"value"}}, out.Trailer); diff != "" {
		t.Errorf("sent: %s", diff)
	}
}

func TestAClosedBodyIsNotReadAnyMore(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("body"))
	out, err := Outgoing(r, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_ = out.Body.Close()
	if _, err := out.Body.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("got %v", err)
	}
	if left, _ := io.ReadAll(r.Body); string(left) != "body" {
		t.Errorf("of the client's body is left %q", left)
	}
}

// FuzzOutgoing checks that no spelling of a name passes that a service could take for one of the gateway's, and that nothing passes
// that Connection names.
func FuzzOutgoing(f *testing.F) {
	f.Add("X_User-iD", "keep-alive, X-Custom", "1.1 concierge")
	f.Add("X-Custom", "x-custom", "")
	f.Add("Te", "te", ",,concierge (a, 1.1 concierge)")
	f.Add("x-forwarded~for", "upgrade", "")
	f.Fuzz(func(t *testing.T, name, connection, via string) {
		if name == "" || strings.ContainsFunc(name, notInName) {
			return // net/http lets no such name in
		}
		name = http.CanonicalHeaderKey(name) // and writes it so
		r := inbound(http.Header{name: {"trailers"}, "Connection": {connection}, "Via": {via}, "Upgrade": {"h2c"}})
		out, err := Outgoing(r, Options{Upgrade: true, Stream: true})
		if err != nil {
			return
		}
		for name, values := range out.Header {
			folded := strings.ToLower(strings.Map(func(c rune) rune {
				if c == '_' || c == '.' || c == '~' {
					return '-'
				}
				return c
			}, name))
			switch folded {
			case "x-user-id", "x-user-scopes", "x-gateway-token", "authorization", "cookie", "forwarded", "x-real-ip", "host", "upgrade", "connection":
				t.Fatalf("%q passes", name)
			case "te":
				if len(values) != 1 || values[0] != "trailers" {
					t.Fatalf("TE: %q passes", values)
				}
			}
			if strings.HasPrefix(folded, "x-forwarded-") {
				t.Fatalf("%q passes", name)
			}
		}
		leavesOut(t, out.Header, connection)
	})
}

// leavesOut checks that nothing passed that Connection names.
func leavesOut(t *testing.T, header http.Header, connection string) {
	t.Helper()
	for each := range strings.SplitSeq(connection, ",") {
		each = http.CanonicalHeaderKey(strings.Trim(each, " \t"))
		if values := header[each]; len(values) > 0 && each != "Te" {
			t.Fatalf("%q passes though Connection names it", each)
		}
	}
}

// notInName is what no name of a field holds (RFC 9110, section 5.6.2).
func notInName(c rune) bool {
	return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
}

// The way between a test and what it fakes.
type (
	roundTrip func(*http.Request) (*http.Response, error)
	readers   func() (string, error)
)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (f readers) Read(p []byte) (int, error) {
	text, err := f()
	return copy(p, text), err
}
