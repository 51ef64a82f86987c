package connection

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// seen is all that a caller gets to see of an answer.
type seen struct {
	Outcome  attempt.Outcome // of the header
	Status   string
	Proto    string
	Header   http.Header
	Length   int64
	Encoding []string
	Close    bool
	Expanded bool
	Body     string
	Broken   attempt.Outcome // of the body
	Trailer  http.Header
}

func look(way http.RoundTripper, req *http.Request) seen {
	res, err := way.RoundTrip(req)
	s := seen{Outcome: attempt.Judge(req.Context(), res, err)}
	if err != nil {
		return s
	}
	defer res.Body.Close()
	s.Status, s.Proto, s.Header, s.Length = res.Status, res.Proto, res.Header, res.ContentLength
	s.Encoding, s.Close, s.Expanded = res.TransferEncoding, res.Close, res.Uncompressed
	text, err := io.ReadAll(res.Body)
	s.Body, s.Trailer = string(text), res.Trailer
	if err != nil {
		s.Broken = attempt.Judge(req.Context(), nil, err)
	}
	if res.Request != req {
		s.Status += " to another request"
	}
	return s
}

// rawAnswers are what services say, and whether the connection can be used again.
var rawAnswers = map[string]struct {
	method, text string
	hangUp       bool // the service closes afterwards
	again        bool
}{
	"a length":                        {text: hello, again: true},
	"no body":                         {text: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", again: true},
	"204":                             {text: "HTTP/1.1 204 No Content\r\n\r\n", again: true},
	"204 with a length":               {text: "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", again: true},
	"304 with a length":               {text: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nEtag: \"x\"\r\n\r\n", again: true},
	"HEAD with a length":              {method: http.MethodHead, text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", again: true},
	"HEAD with chunks":                {method: http.MethodHead, text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", again: true},
	"HEAD without a length":           {method: http.MethodHead, text: "HTTP/1.1 200 OK\r\n\r\n", again: true},
	"chunks":                          {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", again: true},
	"no chunks":                       {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", again: true},
	"chunks with an extension":        {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n", again: true},
	"chunks and a length":             {text: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", again: true},
	"trailers":                        {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Sum, More\r\n\r\n5\r\nhello\r\n0\r\nSum: 1\r\nOther: 2\r\n\r\n", again: true},
	"a trailer that is forbidden":     {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Content-Length\r\n\r\n0\r\n\r\n"},
	"trailers without end":            {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: " + strings.Repeat("a", 10_000), hangUp: true},
	"a failure":                       {text: "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops", again: true},
	"an overload":                     {text: "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n", again: true},
	"too many":                        {text: "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n", again: true},
	"compressed, though not asked":    {text: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", again: true},
	"close, by header":                {text: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"},
	"close, among others":             {text: "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 5\r\n\r\nhello"},
	"close, by the end":               {text: "HTTP/1.1 200 OK\r\n\r\nhello", hangUp: true},
	"close, unannounced":              {method: http.MethodGet, text: hello, hangUp: true}, // sent again where it is not seen in time
	"close, without a body":           {text: "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"},
	"HTTP/1.0":                        {text: "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"},
	"HTTP/1.0, kept":                  {text: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello", again: true},
	"HTTP/1.0 with chunks":            {text: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", hangUp: true},
	"HTTP/2.0":                        {text: "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", again: true},
	"HTTP/0.9":                        {text: "HTTP/0.9 200 OK\r\nContent-Length: 5\r\n\r\nhello"},
	"a hint before":                   {text: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + hello, again: true},
	"a permit nobody asked for":       {text: "HTTP/1.1 100 Continue\r\n\r\n" + hello, again: true},
	"a hint that is a status below":   {text: "HTTP/1.1 099 What\r\nContent-Length: 5\r\n\r\nhello"},
	"a hint and no answer":            {text: "HTTP/1.1 103 Early Hints\r\n\r\n", hangUp: true},
	"hints for ever":                  {text: strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 3000)},
	"lines that end with a line feed": {text: "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", again: true},
	"no reason":                       {text: "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", again: true},
	"a field over two lines":          {text: "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 5\r\n\r\nhello", again: true},
	"a status of four digits":         {text: "HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello"},
	"a status that is no number":      {text: "HTTP/1.1 abc OK\r\nContent-Length: 5\r\n\r\nhello"},
	"a field without a colon":         {text: "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"},
	"a space before a colon":          {text: "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello", hangUp: true},
	"a length that is no number":      {text: "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello"},
	"a length below nothing":          {text: "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"},
	"an empty length":                 {text: "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nhello"},
	"two lengths":                     {text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"},
	"a length said twice":             {text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", again: true},
	"a coding that nobody knows":      {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: rot13\r\n\r\nhello"},
	"two codings":                     {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
	"a chunk of no size":              {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\nhello\r\n0\r\n\r\n"},
	"a chunk that goes on":            {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n"},
	"less than the length":            {text: "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", hangUp: true},
	"the end within a chunk":          {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello", hangUp: true},
	"the end before the last chunk":   {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", hangUp: true},
	"the end within the trailers":     {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n", hangUp: true},
	"the end within the header":       {text: "HTTP/1.1 200 OK\r\nContent-Le", hangUp: true},
	"the end within the status":       {text: "HTTP/1.1 2", hangUp: true},
	"nothing":                         {hangUp: true},
	"nonsense":                        {text: "220 mail.example.com ESMTP\r\n"},
	"a record of TLS":                 {text: "\x15\x03\x01\x00\x02\x02\x16\r\n"},
	"a header that just fits":         {text: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nA: " + strings.Repeat("a", 60_000) + "\r\n\r\n", again: true},
	"a header that is too long":       {text: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nA: " + strings.Repeat("a", 70_000) + "\r\n\r\n"},
	"a header without end":            {text: "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 12_000)},
	"a status without end":            {text: "HTTP/1.1 200 " + strings.Repeat("a", 70_000)},
	"a long body":                     {text: "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + strings.Repeat("a", 300_000), again: true},
	"many chunks":                     {text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("3e8\r\n"+strings.Repeat("a", 1000)+"\r\n", 100) + "0\r\n\r\n", again: true},
}

// Whatever a service says, the caller sees what http.Transport shows, and the connection is kept when http.Transport keeps it.
func TestAnswersAreAsHTTPTransportShowsThem(t *testing.T) {
	for name, c := range rawAnswers {
		for _, pieces := range []string{"at once", "byte by byte"} {
			if pieces == "byte by byte" && len(c.text) > 1000 {
				continue
			}
			t.Run(name+", "+pieces, func(t *testing.T) {
				t.Parallel()
				handle := func(p *peer) {
					for {
						if _, ok := p.next(); !ok {
							return
						}
						if pieces == "at once" {
							p.says(c.text)
						} else {
							for i := range len(c.text) {
								p.says(c.text[i : i+1])
							}
						}
						if c.hangUp {
							return
						}
					}
				}
				own, plain := serve(t, handle), serve(t, handle)
				other := settings()
				t.Cleanup(other.CloseIdleConnections)
				twice(t, to(t, own), other, own.base, plain.base, c.method)
				want := 2
				if c.again {
					want = 1
				}
				if own.connections() != plain.connections() || own.connections() != want {
					t.Errorf("two requests took %d connections, and %d of http.Transport's, want %d",
						own.connections(), plain.connections(), want)
				}
			})
		}
	}
}

func twice(t *testing.T, own, plain http.RoundTripper, ownBase, plainBase *url.URL, method string) {
	t.Helper()
	if method == "" {
		method = http.MethodPost // which is sent once, whatever happens
	}
	for i := range 2 {
		got := look(own, request(t.Context(), t, method, ownBase, ""))
		want := look(plain, request(t.Context(), t, method, plainBase, ""))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("answer %d (-http.Transport +own):\n%s", i+1, diff)
		}
	}
}

func TestWhatFollowsAnAnswerIsNotTakenForTheNext(t *testing.T) {
	const whole = "hello"
	for name, text := range map[string]string{
		"a length":             hello + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
		"chunks":               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
		"one byte":             hello + "!",
		"less than was said":   "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhello",
		"a body where none is": "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(p *peer) {
				if _, ok := p.next(); ok {
					p.says(text)
					p.gone()
				}
			})
			way := to(t, s)
			for i := range 3 {
				got, err := get(t, way, s.base)
				if err != nil || strings.Contains(got, "evil") || !strings.HasPrefix(whole, got) {
					t.Errorf("answer %d is %q, %v", i+1, got, err)
				}
			}
			if s.connections() != 3 {
				t.Errorf("three requests took %d connections, want each its own", s.connections())
			}
		})
	}
}

func TestAProtocolThatNobodyAskedForIsAnError(t *testing.T) {
	s := serve(t, answers("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: evil\r\n\r\n"))
	if _, err := get(t, to(t, s), s.base); err == nil || attempt.Judge(t.Context(), nil, err) != attempt.Broken {
		t.Errorf("got %v, want a broken answer", err)
	}
}

func TestAnEarlyAnswerReachesTheCaller(t *testing.T) {
	const refusal = "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
	for name, handle := range map[string]func(*peer){
		"which hears no more": func(p *peer) {
			p.says(refusal)
			<-time.After(50 * time.Millisecond)
		},
		"which reads its header": func(p *peer) {
			if _, err := p.requests.ReadString('\n'); err == nil {
				p.says(refusal)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, handle)
			way := to(t, s)
			for range 20 {
				req := request(t.Context(), t, http.MethodPost, s.base, strings.Repeat("a", maxBody))
				if way.exchange(req) == nil {
					t.Fatal("it goes the other way")
				}
				if got := look(way, req); got.Status != "413 Content Too Large" {
					t.Fatalf("got %+v", got)
				}
			}
		})
	}
}

func ExampleNew() {
	base := &url.URL{Scheme: "http", Host: "127.0.0.1:1"} // where nobody is
	way := New(base, &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 256, IdleConnTimeout: 4 * time.Second})
	defer way.CloseIdleConnections()
	req, _ := http.NewRequest(http.MethodGet, base.String()+"/users/7", nil) //nolint:noctx // an example
	res, err := way.RoundTrip(req)
	if err == nil {
		defer res.Body.Close()
	}
	fmt.Println(attempt.Judge(req.Context(), res, err))
	// Output: unreachable
}
