package crew_test

import (
	"testing"
	"testing/synctest"

	"github.com/concierge-gateway/concierge/crew"
)

func TestWaitEndsWhenAllWorkHasEndedAndNoneBeginsAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c crew.Crew
		held, waited := make(chan struct{}), make(chan struct{})
		if !c.Go(func() { <-held }) {
			t.Error("an open crew begins nothing")
		}
		go func() {
			c.Wait()
			close(waited)
		}()
		synctest.Wait()
		select {
		case <-waited:
			t.Error("it did not wait for what was under way")
		default:
		}
		if c.Go(func() { t.Error("this was begun") }) {
			t.Error("a closed crew begins more")
		}
		close(held)
		<-waited
	})
}
