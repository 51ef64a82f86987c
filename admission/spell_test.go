package admission

import (
	"testing"
	"time"
)

func TestASpellBeginsWithTheFirstAndEndsOnceItIsQuiet(t *testing.T) {
	var s spell
	at := time.Now().Add
	ends := func(after time.Duration, wantShed int64, want bool) {
		t.Helper()
		if shed, ended := s.end(at(after)); shed != wantShed || ended != want {
			t.Errorf("after %v it has ended: %t, with %d turned away; want %t, %d", after, ended, shed, want, wantShed)
		}
	}
	begins := func(after time.Duration, want bool) {
		t.Helper()
		if got := s.count(at(after)); got != want {
			t.Errorf("a refusal after %v begins a spell: %t, want %t", after, got, want)
		}
	}
	ends(0, 0, false)
	begins(0, true)
	begins(time.Second, false)
	begins(4*time.Second, false)
	ends(5*time.Second, 0, false)
	ends(9*time.Second-1, 0, false)
	ends(9*time.Second, 3, true)
	ends(9*time.Second, 0, false)
	begins(10*time.Second, true)
	ends(time.Minute, 1, true)
}
