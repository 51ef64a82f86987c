package connection

import (
	"context"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// hinted returns a request that notes the answers before its answer, and says of each what it is told. Both ways tell it.
func hinted(req *http.Request, says error) (*http.Request, *[]string) {
	e := &early{says: says}
	ctx := context.WithValue(req.Context(), attempt.EarlyKey{}, e)
	ctx = context.WithValue(ctx, attempt.Key{}, &attempt.Try{Call: new(attempt.Call), Watcher: new(watcher)})
	return attempt.Traced(req.WithContext(ctx)), &e.hints
}

type early struct {
	hints []string
	says  error
}

func (e *early) Informational(code int, header textproto.MIMEHeader) error {
	e.hints = append(e.hints, strconv.Itoa(code)+header.Get("Link"))
	return e.says
}

func TestOnlySimpleRequestsGoTheOwnWay(t *testing.T) {
	way := New(inMemory, settings())
	for name, c := range map[string]struct {
		change func(*http.Request)
		own    bool
	}{
		"as it is":                 {func(*http.Request) {}, true},
		"another method":           {func(r *http.Request) { r.Method = "PROPFIND" }, true},
		"the usual method":         {func(r *http.Request) { r.Method = "" }, true},
		"no body":                  {func(r *http.Request) { r.Body, r.GetBody, r.ContentLength = nil, nil, 0 }, true},
		"an empty body":            {func(r *http.Request) { r.Body, r.GetBody, r.ContentLength = http.NoBody, nil, 0 }, true},
		"another host's name":      {func(r *http.Request) { r.Host = "users.example" }, true},
		"a field with odd letters": {func(r *http.Request) { r.Header["x_y.z"] = []string{"a\tb", "ü", ""} }, true},
		"a body that is read once": {func(r *http.Request) { r.GetBody = nil }, false},
		"a body of unknown length": {func(r *http.Request) { r.ContentLength = -1 }, false},
		"a body of no length":      {func(r *http.Request) { r.ContentLength = 0 }, false},
		"a length and no body":     {func(r *http.Request) { r.Body = nil }, false},
		"a long body":              {func(r *http.Request) { r.ContentLength = maxBody + 1 }, false},
		"CONNECT":                  {func(r *http.Request) { r.Method = http.MethodConnect }, false},
		"no method":                {func(r *http.Request) { r.Method = "G T" }, false},
		"an upgrade":               {func(r *http.Request) { r.Header.Set("Upgrade", "websocket") }, false},
		"a word on the connection": {func(r *http.Request) { r.Header.Set("Connection", "x") }, false},
		"a question before":        {func(r *http.Request) { r.Header.Set("Expect", "100-continue") }, false},
		"trailers":                 {func(r *http.Request) { r.Trailer = http.Header{"Sum": nil} }, false},
		"a coding":                 {func(r *http.Request) { r.TransferEncoding = []string{"chunked"} }, false},
		"a close":                  {func(r *http.Request) { r.Close = true }, false},
		"a channel that ends it":   {func(r *http.Request) { r.Cancel = make(chan struct{}) }, false}, //nolint:staticcheck // it is what is tested
		"https":                    {func(r *http.Request) { r.URL.Scheme = "https" }, false},
		"another endpoint":         {func(r *http.Request) { r.URL.Host = "orders:8000" }, false},
		"an opaque URL":            {func(r *http.Request) { r.URL.Opaque = "//x" }, false},
		"no URL":                   {func(r *http.Request) { r.URL = nil }, false},
		"no header":                {func(r *http.Request) { r.Header = nil }, false},
		"a field without a name":   {func(r *http.Request) { r.Header[""] = []string{"a"} }, false},
		"a field with a space":     {func(r *http.Request) { r.Header["A b"] = []string{"a"} }, false},
		"a field of another line":  {func(r *http.Request) { r.Header["A"] = []string{"a", "b\r\nC: d"} }, false},
		"a field with a zero":      {func(r *http.Request) { r.Header["A"] = []string{"\x00"} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			req := request(t.Context(), t, http.MethodPost, inMemory, "order")
			c.change(req)
			if way.exchange(req) != nil != c.own {
				t.Errorf("it goes the own way: %t", !c.own)
			}
		})
	}
}

// bare returns a request that is written without http.Request.Write, changed.
func bare(change func(*http.Request)) func(*http.Request) {
	return func(r *http.Request) {
		r.Method, r.Body, r.GetBody, r.ContentLength, r.Host = http.MethodGet, nil, nil, 0, r.URL.Host
		r.Header = http.Header{"User-Agent": nil, "Via": {"1.1 concierge"}, "Accept": {"*/*"}}
		change(r)
	}
}

// sorted brings the lines of a request's header into an order, but for the first two: the request line and Host.
func sorted(text string) string {
	header, body, _ := strings.Cut(text, "\r\n\r\n")
	lines := strings.Split(header, "\r\n")
	slices.SortStableFunc(lines[2:], func(a, b string) int {
		nameA, _, _ := strings.Cut(a, ":")
		nameB, _, _ := strings.Cut(b, ":")
		return strings.Compare(nameA, nameB)
	})
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

// What the service gets is what http.Transport would have sent, to the byte, but for the order of fields of different names.
func TestRequestsAreWrittenAsHTTPTransportWritesThem(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"a read":              func(r *http.Request) { r.Method, r.Body, r.GetBody, r.ContentLength = "GET", nil, nil, 0 },
		"a write":             func(*http.Request) {},
		"a write of nothing":  func(r *http.Request) { r.Body, r.GetBody, r.ContentLength = http.NoBody, nil, 0 },
		"a removal":           func(r *http.Request) { r.Method, r.Body, r.GetBody, r.ContentLength = "DELETE", nil, nil, 0 },
		"a query":             func(r *http.Request) { r.URL.RawQuery = "ids=1,2&x=%2F" },
		"an empty query":      func(r *http.Request) { r.URL.ForceQuery = true },
		"an escaped path":     func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/a/b c", "/a%2Fb%20c" },
		"no path":             func(r *http.Request) { r.URL.Path = "" },
		"a host of its own":   func(r *http.Request) { r.Host = "users.example:8000" },
		"a host that is none": func(r *http.Request) { r.Host = "users/example" },
		"header":              func(r *http.Request) { r.Header = http.Header{"B": {"1", "2"}, "a": {" x "}, "C": nil, "D": {""}} },
		"no user agent":       func(r *http.Request) { r.Header["User-Agent"] = nil },
		"a user agent":        func(r *http.Request) { r.Header.Set("User-Agent", "x") },
		"fields of its length": func(r *http.Request) {
			r.Header.Set("Content-Length", "3")
			r.Header.Set("Transfer-Encoding", "chunked")
		},
		"a bare read":               bare(func(*http.Request) {}),
		"a bare look at the header": bare(func(r *http.Request) { r.Method = http.MethodHead }),
		"a bare read with no body":  bare(func(r *http.Request) { r.Body = http.NoBody }),
		"a bare query":              bare(func(r *http.Request) { r.URL.RawQuery = "ids=1,2&x=%2F" }),
		"a bare empty query":        bare(func(r *http.Request) { r.URL.ForceQuery = true }),
		"a bare escaped path":       bare(func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/a/b c", "/a%2Fb%20c" }),
		"a bare path to be escaped": bare(func(r *http.Request) { r.URL.Path = "/a\r\nB: c/ü?" }),
		"no bare path":              bare(func(r *http.Request) { r.URL.Path = "" }),
		"a bare read by Go's name":  bare(func(r *http.Request) { delete(r.Header, "User-Agent") }),
		"a bare user agent":         bare(func(r *http.Request) { r.Header["User-Agent"] = []string{" x ", "y"} }),
		"an odd bare user agent":    bare(func(r *http.Request) { r.Header["User-Agent"] = []string{" "} }),
		"bare fields": bare(func(r *http.Request) {
			r.Header = http.Header{"User-Agent": {"x"}, "B": {"1", "2\t"}, "a": {" x "}, "C": nil, "D": {""}, "user-agent": {"y"}}
		}),
		"many bare fields": bare(func(r *http.Request) {
			for i := range 50 {
				r.Header["X-"+strconv.Itoa(i)] = []string{"a"}
			}
		}),
		"bare fields of its length": bare(func(r *http.Request) {
			r.Header["Host"], r.Header["Content-Length"], r.Header["Transfer-Encoding"] = []string{"x"}, []string{"3"}, []string{"chunked"}
			r.Header["Trailer"] = []string{"Sum"}
		}),
		"a long body": func(r *http.Request) {
			text := strings.Repeat("a", maxBody)
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var texts []string
			s := serve(t, func(p *peer) {
				for {
					text, ok := p.next()
					if !ok {
						return
					}
					mu.Lock()
					texts = append(texts, text)
					mu.Unlock()
					p.says("HTTP/1.1 204 No Content\r\n\r\n")
				}
			})
			own, other := to(t, s), settings()
			t.Cleanup(other.CloseIdleConnections)
			for _, way := range []http.RoundTripper{other, own} {
				req := request(t.Context(), t, http.MethodPost, s.base, "order")
				change(req)
				if own.exchange(req) == nil {
					t.Fatal("it goes the other way")
				}
				if _, err := send(way, req); err != nil {
					t.Fatal(err)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if diff := cmp.Diff(sorted(texts[0]), sorted(texts[1])); diff != "" {
				t.Errorf("(-http.Transport +own):\n%s", diff)
			}
		})
	}
}

func TestATargetThatWouldEndItsLineIsNotWritten(t *testing.T) {
	for _, query := range []string{"a b", "a\r\nB: c", "a\tb", "\x00", "\x7f"} {
		req := request(t.Context(), t, http.MethodGet, inMemory, "")
		req.URL.RawQuery = query
		if _, written := appendHead(nil, req); written {
			t.Errorf("%q is written", query)
		}
	}
}

func TestWhatIsNotSimpleGoesTheOtherWay(t *testing.T) {
	s, elsewhere := serve(t, answers(hello)), serve(t, answers(hello))
	way := to(t, s)
	req := request(t.Context(), t, http.MethodPost, s.base, "order")
	req.GetBody = nil
	if got, err := send(way, req); got != "hello" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if kept := way.idle.take(); kept != nil {
		t.Error("it has taken a connection of the own way")
	}
	if got, err := get(t, way, &url.URL{Scheme: "http", Host: elsewhere.base.Host}); got != "hello" || err != nil || elsewhere.connections() != 1 {
		t.Errorf("another host's answer is %q, %v", got, err)
	}
}
