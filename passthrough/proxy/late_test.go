package proxy

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsKnownLateGoesInTheHeaderOrElseInTheTrailer(t *testing.T) {
	known, long := http.Header{LimitedHeader: {"ours"}}, strings.Repeat("body", 100_000)
	for name, c := range map[string]struct {
		protocol     int
		body, length string
		te           string
		late         http.Header
		header       string
		trailer      http.Header
	}{
		"short":                    {1, "body", "", "trailers", known, "ours", nil},
		"short, of known length":   {1, "body", "4", "", known, "ours", nil},
		"short, by HTTP/2":         {2, "body", "", "", known, "ours", nil},
		"long":                     {1, long, "", "trailers", known, "", known},
		"long, by HTTP/2":          {2, long, "", "", known, "", known},
		"long, of known length":    {1, long, "400000", "gzip, trailers", known, "", known},
		"long, and nobody reads":   {1, long, "", "", known, "", nil},
		"long, with nothing":       {1, long, "", "trailers", http.Header{}, "", http.Header{LimitedHeader: nil}},
		"short, with nothing":      {1, "body", "", "trailers", http.Header{}, "", nil},
		"long, and of HTTP/2 none": {2, long, "", "", http.Header{}, "", http.Header{LimitedHeader: nil}},
	} {
		t.Run(name, func(t *testing.T) {
			g := &gateway{rewrite: upper, late: c.late, service: serving(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.length != "" {
					w.Header().Set("Content-Length", c.length)
				}
				w.Header().Set(LimitedHeader, "the service's")
				_, _ = io.WriteString(w, c.body)
				if c.length == "" {
					w.Header().Set(http.TrailerPrefix+LimitedHeader, "the service's")
				}
			})}
			server := open(t, g, c.protocol)
			r := get(t, server, "GET")
			if c.te != "" {
				r.Header.Set("TE", c.te)
			}
			res, body := fetch(t, server, r)
			if len(body) != len(c.body) || !strings.HasPrefix(body, "BODY") || res.Header.Get(LimitedHeader) != c.header {
				t.Errorf("got %d bytes, and %q in the header", len(body), res.Header.Get(LimitedHeader))
			}
			if diff := cmp.Diff(c.trailer, res.Trailer); diff != "" {
				t.Errorf("the trailer: %s", diff)
			}
		})
	}
}

func TestWhatAServiceSaysOfItsLimitsIsNotHandedOn(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			const limits = "RateLimit: \"a\";r=1\r\nratelimit-policy: \"a\";q=1\r\nRateLimit-Remaining: 1\r\nX-RateLimit-Limit: 1\r\n" +
				"x-rate-limit-reset: 1\r\nConcierge-Limited: \"a\"\r\n"
			g := &gateway{service: saying(t, "HTTP/1.1 103 Early Hints\r\n"+limits+"X-Rate: 1\r\n\r\nHTTP/1.1 200 OK\r\n"+limits+
				"Transfer-Encoding: chunked\r\nX-Rate: 1\r\nRetry-After: 7\r\n\r\n4\r\nbody\r\n0\r\n"+limits+"X-Rate: 1\r\n\r\n")}
			server := open(t, g, protocol)
			var early http.Header
			r := get(t, server, "GET")
			r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
				Got1xxResponse: func(_ int, header textproto.MIMEHeader) error { early = http.Header(header); return nil },
			}))
			res, body := fetch(t, server, r)
			for where, header := range map[string]http.Header{"early": early, "header": res.Header, "trailer": res.Trailer} {
				for field := range header {
					if tellsLimits(field) {
						t.Errorf("%s: %s is handed on", where, field)
					}
				}
				if header.Get("X-Rate") != "1" {
					t.Errorf("%s: of what is no limit, there is %v", where, header)
				}
			}
			if body != "body" || res.Header.Get("Retry-After") != "7" {
				t.Errorf("got %q, %v", body, res.Header)
			}
		})
	}
}

func TestFieldsThatTellOfLimitsAreKnownByTheirNames(t *testing.T) {
	for name, want := range map[string]bool{
		"RateLimit": true, "Ratelimit-Policy": true, "ratelimit-reset": true, "X-RateLimit-Limit": true, "X-Rate-Limit-Limit": true,
		"Concierge-Limited": true, "X-Ratelimit": true, "": false, "Rate": false, "Retry-After": false, "X-Request-Id": false,
		"X-Rate": false, "Content-Type": false, "Cache-Control": false,
	} {
		if tellsLimits(name) != want {
			t.Errorf("%s tells of limits: %t", name, !want)
		}
	}
}
