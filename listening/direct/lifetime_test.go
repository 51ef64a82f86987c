package direct

import (
	"context"
	"errors"
	"testing"
)

type ownKey struct{}

func begun() *lifetime {
	return &lifetime{Context: context.WithValue(context.Background(), ownKey{}, "of the connection")}
}

func TestALifetimeThatEndedIsOverForWhoeverAsksThenOrHasWaited(t *testing.T) {
	for name, before := range map[string]func(*lifetime){
		"nobody has waited":      func(*lifetime) {},
		"somebody has waited":    func(l *lifetime) { l.Done() },
		"it has ended once more": func(l *lifetime) { l.end() },
	} {
		t.Run(name, func(t *testing.T) {
			l := begun()
			before(l)
			if l.Value(ownKey{}) != "of the connection" {
				t.Errorf("it does not know what its connection's context knows")
			}
			l.end()
			<-l.Done()
			if err := l.Err(); !errors.Is(err, context.Canceled) {
				t.Errorf("its error is %v", err)
			}
			if l.Value(ownKey{}) != "of the connection" {
				t.Errorf("it does not know any more what its connection's context knows")
			}
		})
	}
}

func TestALifetimeThatGoesOnHasNoError(t *testing.T) {
	l := begun()
	if err := l.Err(); err != nil {
		t.Errorf("before anybody waits it is %v", err)
	}
	select {
	case <-l.Done():
		t.Error("it is over")
	default:
	}
	if err := l.Err(); err != nil {
		t.Errorf("when somebody waits it is %v", err)
	}
}

func TestAContextBelowALifetimeEndsWithIt(t *testing.T) {
	l := begun()
	below, cancel := context.WithCancel(context.WithValue(l, ownKey{}, "of its own"))
	defer cancel()
	late := make(chan error, 1)
	context.AfterFunc(below, func() { late <- below.Err() })
	l.end()
	<-below.Done()
	if err := context.Cause(below); !errors.Is(err, context.Canceled) {
		t.Errorf("its cause is %v", err)
	}
	if err := <-late; !errors.Is(err, context.Canceled) {
		t.Errorf("whoever is called then finds %v", err)
	}
	after, cancelAfter := context.WithCancel(l)
	defer cancelAfter()
	<-after.Done()
}

func TestALifetimeThatNobodyWaitsForTakesNoMemory(t *testing.T) {
	l := begun()
	taken := testing.AllocsPerRun(100, func() {
		_, _ = l.Err(), l.Value(ownKey{})
		l.end()
	})
	if taken > 0 {
		t.Errorf("it takes %v pieces", taken)
	}
}
