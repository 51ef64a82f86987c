package balancer

import (
	"testing"
	"testing/synctest"
)

// An endpoint is known once it was asked, also where it is down. Where none are asked, there is nothing to wait for.
func TestEndpointsAreAwaitedUntilTheirFirstCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, checks, "a", "b")
		s.answer("a", refused)
		if n := s.Awaited(); n != 2 {
			t.Errorf("%d are awaited before the first check", n)
		}
		defer s.run()() // the first checks come at once
		synctest.Wait()
		if n := s.Awaited(); n != 0 {
			t.Errorf("%d are awaited after it", n)
		}
	})
	if n := start(t, nil, "a").Awaited(); n != 0 {
		t.Errorf("%d are awaited though none are checked", n)
	}
}
