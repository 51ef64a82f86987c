package retry

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

var (
	errLeft = errors.New("the caller left")
	errLate = errors.New("it took too long")
)

// endable is a context that can be ended, and tells of its end.
type endable struct {
	ctx   context.Context
	leave context.CancelCauseFunc // ends the one around it
	end   func(error)
	onEnd func(func()) func() bool
}

func standard(t *testing.T) *endable {
	t.Helper()
	call, leave := context.WithCancelCause(t.Context())
	ctx, end := context.WithCancelCause(call)
	return &endable{ctx, leave, end, func(f func()) func() bool { return context.AfterFunc(ctx, f) }}
}

func own(t *testing.T) *endable {
	t.Helper()
	call, leave := context.WithCancelCause(t.Context())
	e := &ending{Context: call}
	return &endable{e, leave, e.end, func(f func()) func() bool { return e.OnEnd(f).Stop }}
}

// gathered is own for one of several calls.
func gathered(t *testing.T) *endable {
	t.Helper()
	call, leave := context.WithCancelCause(t.Context())
	several := attempt.Gather(call)
	t.Cleanup(several.Rest)
	e := &ending{Context: several}
	return &endable{e, leave, e.end, func(f func()) func() bool {
		defer several.Rest()
		return e.OnEnd(f).Stop
	}}
}

func under(ctx context.Context, t *testing.T) context.Context {
	t.Helper()
	below, leave := context.WithCancel(ctx)
	t.Cleanup(leave)
	return below
}

// seen is what shows of a context and of one below it.
type seen struct {
	Err, Cause, Below, BelowCause error
	Done, Stopped                 bool
	Told                          int
}

// does makes steps one after the other, and looks at what has come of them.
func (e *endable) does(t *testing.T, steps string) (s seen) {
	t.Helper()
	stop := func() bool { return false }
	all := []context.Context{e.ctx}
	for _, step := range steps {
		switch step {
		case 'a': // somebody asks
			_ = e.ctx.Done()
		case 'b': // somebody has a context of it
			all = append(all, under(e.ctx, t))
		case 'l':
			e.leave(errLeft)
		case 'e':
			e.end(nil)
		case 'c':
			e.end(errLate)
		case 't':
			stop()
			stop = e.onEnd(func() { s.Told++ })
		case 's':
			s.Stopped = stop()
		}
		synctest.Wait()
	}
	below := all[len(all)-1]
	s.Err, s.Cause, s.Below, s.BelowCause = e.ctx.Err(), context.Cause(e.ctx), below.Err(), context.Cause(below)
	select {
	case <-e.ctx.Done():
		s.Done = true
	default:
	}
	return s
}

func TestAnAttemptEndsAsAContextOfTheStandardLibraryDoes(t *testing.T) {
	const all = "abelcts"
	var try func(steps string)
	try = func(steps string) {
		synctest.Test(t, func(t *testing.T) {
			want := standard(t).does(t, steps)
			if diff := cmp.Diff(want, own(t).does(t, steps), cmpopts.EquateErrors()); diff != "" {
				t.Errorf("%s: (-standard +own):\n%s", steps, diff)
			}
			if diff := cmp.Diff(want, gathered(t).does(t, steps), cmpopts.EquateErrors()); diff != "" {
				t.Errorf("%s: (-standard +gathered):\n%s", steps, diff)
			}
		})
		if len(steps) < 4 && !t.Failed() {
			for _, step := range all {
				try(steps + string(step))
			}
		}
	}
	try("")
}
