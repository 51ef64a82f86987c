package pressure

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/problem"
)

func TestWhatHasNoRoomIsRefusedAndWhatEndsGivesItBack(t *testing.T) {
	g, _, _ := newGauge(1000) // 500 for what is in flight
	first, second := g.Hold(), g.Hold()
	for _, step := range []struct {
		hold *Hold
		n    int64
		want error
	}{{first, 300, nil}, {second, 200, nil}, {second, 1, ErrFull}, {first, 0, nil}, {first, -1, nil}} {
		if err := step.hold.Take(step.n); !errors.Is(err, step.want) {
			t.Errorf("taking %d is %v, want %v", step.n, err, step.want)
		}
	}
	first.Close()
	first.Close()
	if err := first.Take(1000); err != nil || g.budget.used.Load() != 200 {
		t.Errorf("one that has ended: %v, and %d are held, want 200", err, g.budget.used.Load())
	}
	if err := second.Take(300); err != nil {
		t.Error(err)
	}
	second.Close()
	if used, refused := g.budget.used.Load(), g.budget.refused.Load(); used != 0 || refused != 1 {
		t.Errorf("%d are held in the end, and %d were refused, want 0 and 1", used, refused)
	}
}

func TestWhoHoldsLittleFindsRoomBesideThoseWhoTakeAll(t *testing.T) {
	g, _, _ := newGauge(8 << 20) // 4 MiB for what is in flight
	greedy, humble := g.Hold(), g.Hold()
	taken := 0
	for greedy.Take(64<<10) == nil {
		taken++
	}
	if used := g.budget.used.Load(); taken == 0 || used > 3<<20 || used < 3<<20-64<<10 {
		t.Errorf("one takes %d of it, want about three quarters", used)
	}
	if err := humble.Take(modest); err != nil {
		t.Errorf("another who wants little: %v", err)
	}
	if err := humble.Take(1); !errors.Is(err, ErrFull) {
		t.Errorf("and then wants more: %v", err)
	}
}

func TestABodyIsCountedAsItIsRead(t *testing.T) {
	g, _, _ := newGauge(1000)
	hold := g.Hold()
	ctx := context.WithValue(t.Context(), Key{}, hold)
	if text, err := io.ReadAll(Reader(ctx, strings.NewReader(strings.Repeat("x", 100)), 5)); err != nil || len(text) != 100 {
		t.Errorf("what just fits is read: %d bytes, %v", len(text), err)
	}
	text, err := io.ReadAll(Reader(ctx, strings.NewReader("y"), 1))
	if !errors.Is(err, ErrFull) || len(text) != 0 || problem.KindOf(err) != problem.Overloaded {
		t.Errorf("what does not is read: %q, %v", text, err)
	}
	src := strings.NewReader("z")
	if Reader(t.Context(), src, 1) != io.Reader(src) {
		t.Error("where nothing is counted, it costs something")
	}
}

func TestNoCrowdHoldsMoreThanThereIs(t *testing.T) {
	g, _, _ := newGauge(1000)
	var crowd sync.WaitGroup
	for range 20 {
		crowd.Go(func() {
			for range 200 {
				hold := g.Hold()
				for hold.Take(60) == nil {
					if used := g.budget.used.Load(); used > 500 {
						t.Errorf("%d are held", used)
					}
				}
				hold.Close()
			}
		})
	}
	crowd.Wait()
	if used := g.budget.used.Load(); used != 0 {
		t.Errorf("%d are held in the end", used)
	}
}

func TestMarksThatMakeNoSenseAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		want   []string
	}{
		"the default":          {DefaultConfig(), nil},
		"all the same":         {Config{50, 50, 50, 50}, nil},
		"nothing":              {Config{}, []string{"batch", "interactive", "critical", "in_flight"}},
		"too much":             {Config{101, 101, 101, 91}, []string{"batch", "interactive", "critical", "in_flight"}},
		"batch before others":  {Config{90, 80, 95, 50}, []string{"interactive"}},
		"critical before them": {Config{80, 90, 85, 50}, []string{"critical"}},
	} {
		var got []string
		c.config.Validate(func(path, _ string) { got = append(got, path) })
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: want -, got +:\n%s", name, diff)
		}
	}
}
