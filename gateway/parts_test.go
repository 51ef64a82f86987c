package gateway

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/telemetry"
)

// stage opens parts that note what becomes of them.
type stage struct {
	*testing.T
	lives

	notes []string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	return &stage{T: t, lives: lives{metrics: telemetry.NewGenerations(prometheus.NewRegistry())}}
}

// edition opens a part called below by some settings, and one called above over it, in the place of an edition before.
func (s *stage) edition(before []*asset, below, above string) []*asset {
	s.Helper()
	o := &opening{before: byName(before)}
	_, under, err := take(o, "below", below, nil, s.opens("below "+below))
	if err != nil {
		s.Fatal(err)
	}
	if _, _, err := take(o, "above", above, []*asset{under}, s.opens("above "+above)); err != nil {
		s.Fatal(err)
	}
	return o.parts
}

func (s *stage) opens(name string) func(prometheus.Registerer) (string, life, error) {
	return func(prometheus.Registerer) (string, life, error) {
		s.notes = append(s.notes, "open "+name)
		return name, life{
			run:   func(ctx context.Context) { <-ctx.Done() },
			close: func() { s.notes = append(s.notes, "close "+name) },
		}, nil
	}
}

// noted says what has happened since it was called last.
func (s *stage) noted(want ...string) {
	s.Helper()
	s.wait()
	if !slices.Equal(s.notes, want) {
		s.Errorf("noted %q, want %q", s.notes, want)
	}
	s.notes = nil
}

func TestAPartLastsAsLongAsItIsWantedAsItIs(t *testing.T) {
	s := newStage(t)
	ctx, end := context.WithCancel(t.Context())
	defer s.rested()
	defer end()
	first := s.edition(nil, "a", "b")
	s.adopt(first)
	s.run(ctx, first)
	s.noted("open below a", "open above b")

	second := s.edition(first, "a", "b")
	s.adopt(second)
	s.release(first)
	s.noted()

	third := s.edition(second, "a", "c")
	s.adopt(third)
	s.noted("open above c")
	s.release(second)
	s.noted("close above b")

	fourth := s.edition(third, "d", "c") // what lies above another is another
	s.adopt(fourth)
	s.release(third)
	s.noted("open below d", "open above c", "close above c", "close below a")
	s.release(fourth)
	s.noted("close above c", "close below d")
}

func TestAnEditionThatDoesNotComeAboutLeavesThoseOfOthers(t *testing.T) {
	s := newStage(t)
	first := s.edition(nil, "a", "b")
	s.adopt(first)
	s.notes = nil
	s.abandon(s.edition(first, "a", "c"))
	s.noted("open above c", "close above c")
	s.release(first)
	s.noted("close above b", "close below a")
}

func TestAPartThatCannotBeOpenedIsNone(t *testing.T) {
	o := new(opening)
	_, _, err := take(o, "part", nil, nil, func(prometheus.Registerer) (string, life, error) {
		return "", life{}, errors.New("no")
	})
	if err == nil || len(o.parts) > 0 {
		t.Errorf("the error is %v, and the parts %v", err, o.parts)
	}
}
