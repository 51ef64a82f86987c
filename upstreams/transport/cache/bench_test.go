package cache_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// instant has an answer already.
type instant struct{ header http.Header }

func (i instant) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, Header: i.header, Request: req, ContentLength: 2,
		Body: attempt.NewWhole([]byte("[]"), true),
	}, nil
}

func benchmark(b *testing.B, depends sharing.Inputs, whole int64, header ...string) {
	b.Helper()
	answer := says(200, "", append(header, "Content-Type", "application/json", "Date", "Tue, 01 Jan 2030 00:00:00 GMT")...)
	o := open(b, instant{answer.Header}, func(s *setting) { s.config.Depends, s.whole, s.parts.Status = depends, whole, false })
	ctx := identity.With(context.Background(), &identity.Caller{ID: "7", Scopes: "read"})
	req := asking(ctx, "GET", "/users?ids=1,2,3", "Accept", "application/json", "X-User-Id", "7", "X-User-Scopes", "read")
	b.ReportAllocs()
	for b.Loop() {
		res, err := o.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		_ = res.Body.Close()
	}
}

func BenchmarkHit(b *testing.B) {
	for _, each := range []sharing.Inputs{sharing.Nothing, sharing.Principal, sharing.All} {
		b.Run(string(each), func(b *testing.B) { benchmark(b, each, 1<<20, "Cache-Control", "max-age=3600") })
	}
}

// A miss of what is not kept is what a service costs that says nothing.
func BenchmarkMiss(b *testing.B) {
	b.Run("silent", func(b *testing.B) { benchmark(b, sharing.All, 1<<20) })
	b.Run("streaming", func(b *testing.B) { benchmark(b, sharing.All, 0) })
	b.Run("no-store", func(b *testing.B) { benchmark(b, sharing.All, 1<<20, "Cache-Control", "no-store") })
}

func BenchmarkWithout(b *testing.B) {
	next := instant{http.Header{}}
	req := asking(context.Background(), "GET", "/users?ids=1,2,3")
	b.ReportAllocs()
	for b.Loop() {
		res, _ := next.RoundTrip(req)
		_, _ = io.Copy(io.Discard, strings.NewReader(""))
		_ = res.Body.Close()
	}
}
