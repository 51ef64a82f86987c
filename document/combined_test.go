package document

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// bounds are all that limits have, one after the other, so that a test forgets none that is added later.
func bounds(l *Limits) []reflect.Value {
	var all []reflect.Value
	for _, bound := range reflect.ValueOf(l).Elem().Fields() {
		all = append(all, bound)
	}
	return all
}

// generated are small limits, so that some bounds are zero and some are alike.
func generated(t *rapid.T, name string) Limits {
	var l Limits
	for _, bound := range bounds(&l) {
		bound.SetInt(rapid.Int64Range(0, 3).Draw(t, name))
	}
	return l
}

func TestAPlansBoundsStandOverThoseOfEverybody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		own, base := generated(t, "own"), generated(t, "base")
		got := own.Over(base)
		for i, bound := range bounds(&got) {
			want := bounds(&own)[i].Int()
			if want == 0 {
				want = bounds(&base)[i].Int()
			}
			if bound.Int() != want {
				t.Errorf("bound %d is %d, want %d", i, bound.Int(), want)
			}
		}
	})
}

func TestAPlanWithoutBoundsHasThoseOfEverybody(t *testing.T) {
	if diff := cmp.Diff(DefaultLimits(), Limits{}.Over(DefaultLimits())); diff != "" {
		t.Error(diff)
	}
}

func TestTheWidestLimitsCoverAllAndNoMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := []Limits{generated(t, "a"), generated(t, "b"), generated(t, "c")}
		widest := Widest(all...)
		for i, bound := range bounds(&widest) {
			var most int64
			for j := range all {
				most = max(most, bounds(&all[j])[i].Int())
			}
			if bound.Int() != most {
				t.Errorf("bound %d is %d, want %d", i, bound.Int(), most)
			}
		}
	})
	if got := Widest(); got != (Limits{}) {
		t.Errorf("the widest of none are %+v", got)
	}
}

func TestLimitsCoverWhatPassesNoBound(t *testing.T) {
	needed := DefaultLimits()
	if !needed.cover(needed) {
		t.Error("they do not cover themselves")
	}
	for i, bound := range bounds(&needed) {
		bound.SetInt(bound.Int() + 1)
		if DefaultLimits().cover(needed) {
			t.Errorf("they cover more of bound %d", i)
		}
		bound.SetInt(bound.Int() - 1)
	}
}
