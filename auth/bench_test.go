package auth

import (
	"net/http"
	"strconv"
	"testing"
	"time"
)

// What each request pays that brings a token which was seen before.
func BenchmarkRemembered(b *testing.B) {
	c, text, _ := known(b)
	for name, c := range map[string]Config{"issuers": c, "introspection": asking(c)} {
		b.Run(name, func(b *testing.B) {
			a := opened(b, c)
			r := withHeader(b, "Authorization", "Bearer "+text)
			b.ReportAllocs()
			for b.Loop() {
				wantCaller(b, a, r, "7")
			}
		})
	}
}

// What a token costs the first time: the reason for remembering.
func BenchmarkFirst(b *testing.B) {
	c, _, _ := known(b)
	a := opened(b, c)
	requests := make([]*http.Request, 512)
	for i := range requests {
		text, err := Sign(c, strconv.Itoa(i), []string{"users:read", "users:pii", "orders:read", "payments:read"}, time.Hour, time.Now())
		if err != nil {
			b.Fatal(err)
		}
		requests[i] = withHeader(b, "Authorization", "Bearer "+text)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		n := i % len(requests)
		if n == 0 {
			a.remembered.known.InvalidateAll()
		}
		wantCaller(b, a, requests[n], strconv.Itoa(n))
	}
}

// What a stranger's token costs, which nobody remembers.
func BenchmarkForged(b *testing.B) {
	c, text, _ := known(b)
	a := opened(b, c)
	r := withHeader(b, "Authorization", "Bearer "+text[:len(text)-4]+"AAAA")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, result := a.caller(r); result != invalid {
			b.Fatal(result)
		}
	}
}

func BenchmarkKey(b *testing.B) {
	c, _, key := known(b)
	a := opened(b, c)
	r := withHeader(b, "X-API-Key", key)
	b.ReportAllocs()
	for b.Loop() {
		wantCaller(b, a, r, "export")
	}
}

func BenchmarkCookie(b *testing.B) {
	c, text, _ := known(b)
	a := opened(b, c)
	r := withHeader(b, "Cookie", "token="+text)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Content-Type", "application/json")
	b.ReportAllocs()
	for b.Loop() {
		wantCaller(b, a, r, "7")
	}
}
