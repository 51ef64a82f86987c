package cache_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// Doors take fields out of an answer that they have been given, and put others in.
func TestWhoHasAnAnswerMayChangeItsHeader(t *testing.T) {
	for name, header := range map[string][]string{
		"of a service that says nothing": nil,
		"fresh":                          {"Cache-Control", "max-age=60"},
		"stale at once":                  {"Cache-Control", "max-age=0"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := slow(append(header, "X-Colour", "red", "Keep-Alive", "timeout=5")...)
				o := open(t, s)
				var hops atomic.Int64
				together(100, func(int) {
					res, err := o.RoundTrip(asking(t.Context(), "GET", "/users"))
					if err != nil {
						t.Error(err)
						return
					}
					defer res.Body.Close()
					if got := res.Header["X-Colour"]; len(got) != 1 || got[0] != "red" {
						t.Errorf("got %v", res.Header)
					}
					hops.Add(int64(len(res.Header["Keep-Alive"])))
					clear(res.Header)
					res.Header["X-Colour"] = []string{"blue"}
				})
				if s.calls.Load() != 1 || hops.Load() > 1 {
					t.Errorf("%d calls, and %d have got what was for one connection", s.calls.Load(), hops.Load())
				}
			})
		})
	}
}
