package cache_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/purge"
)

// A date names no version for sure: two of one second have the same. So nobody asks whether what was purged has changed.
func TestWhatWasPurgedWhileSomebodyWaitedForAnotherIsNotAskedAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		modified := time.Now().UTC().Format(http.TimeFormat)
		s := new(service)
		s.answer = func(req *http.Request) (*http.Response, error) {
			switch n := s.calls.Load(); {
			case n == 1:
				return says(200, "old", "Cache-Control", "max-age=0", "Last-Modified", modified), nil
			case n == 2: // is for whoever asked alone
				time.Sleep(time.Second)
				return says(200, "private", "Cache-Control", "private"), nil
			case req.Header.Get("If-Modified-Since") == modified:
				return says(304, "", "Cache-Control", "max-age=60", "Last-Modified", modified), nil
			default:
				return says(200, "new", "Cache-Control", "max-age=60", "Last-Modified", modified), nil
			}
		}
		o := open(t, s)
		o.get(t, "/users")
		var all sync.WaitGroup
		all.Go(func() { o.get(t, "/users") })
		synctest.Wait()
		all.Go(func() {
			if got := o.get(t, "/users"); got.body != "new" {
				t.Errorf("who has waited gets %+v", got)
			}
		})
		synctest.Wait()
		o.log.Purge(t.Context(), purge.ByAdmin, purge.Service("user"))
		all.Wait()
		if got := o.get(t, "/users"); got.body != "new" {
			t.Errorf("then others get %+v", got)
		}
	})
}
