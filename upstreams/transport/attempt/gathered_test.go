package attempt

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Whatever listeners come and go, and whenever the context ends, all is as if each had a watch of its own.
func TestThoseWhoWaitForSeveralCallsToEndAreToldAsIfEachWatchedAlone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.StringMatching(`[ws][0-3]|r|l`), 0, 20).Draw(rt, "steps")
		synctest.Test(t, func(t *testing.T) {
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			alone := func(_ *Listener, f func()) func() bool { return context.AfterFunc(ctx, f) }
			want := listen(steps, leave, alone, func() {})
			ctx, leave = context.WithCancel(t.Context())
			defer leave()
			several := Gather(ctx)
			together := func(l *Listener, f func()) func() bool {
				if !several.Listen(l, f) {
					return context.AfterFunc(ctx, f)
				}
				return func() bool { return several.Stop(l) }
			}
			if diff := cmp.Diff(want, listen(steps, leave, together, several.Rest)); diff != "" {
				t.Errorf("%v: (-each alone +together)\n%s", steps, diff)
			}
		})
	})
}

// heard is how often a listener was told, and what its stops reported.
type heard struct {
	Told    int
	Stopped []bool
}

// listen makes steps: some listener waits or stops, nobody works any more, or the context ends.
func listen(steps []string, leave func(), onEnd func(*Listener, func()) func() bool, rest func()) (all [4]heard) {
	var listeners [4]Listener
	var waiting [4]func() bool
	for _, step := range steps {
		i := int(step[len(step)-1]-'0') % 4
		switch step[0] {
		case 'w':
			if waiting[i] == nil {
				waiting[i] = onEnd(&listeners[i], func() { all[i].Told++ })
			}
		case 's':
			if waiting[i] != nil {
				all[i].Stopped = append(all[i].Stopped, waiting[i]())
				waiting[i] = nil
			}
		case 'r':
			rest()
		case 'l':
			leave()
		}
		synctest.Wait()
	}
	return all
}

func TestTheWatchOverSeveralCallsEndsWithTheLastOfThem(t *testing.T) {
	several := Gather(t.Context())
	var first, last Listener
	several.Listen(&first, func() {})
	several.Listen(&last, func() {})
	several.Stop(&first)
	several.Rest()
	if several.leave == nil {
		t.Error("it has ended though somebody waits")
	}
	several.Stop(&last)
	several.Rest()
	if several.leave != nil {
		t.Error("it goes on though nobody waits")
	}
	if several.Stop(&first) {
		t.Error("a listener was stopped twice")
	}
}
