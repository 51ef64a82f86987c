package limit

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/priority"
)

// The queue is compared with a list that is searched from end to end.
func TestWhoGoesAndWhoYields(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		var list []*waiter
		take := func(got *waiter, want int) {
			switch {
			case want < 0 && got != nil:
				t.Fatalf("got one of class %v, want none", got.class)
			case want >= 0 && got != list[want]:
				t.Fatalf("got %v, want %v", got, list[want])
			case want >= 0:
				list = slices.Delete(list, want, want+1)
			}
		}
		class := func(t *rapid.T) priority.Class { return rapid.SampledFrom(priority.Classes()).Draw(t, "class") }
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) { list = append(list, q.push(class(t))) },
			"pop": func(*rapid.T) {
				want := -1
				for i, w := range list {
					if want < 0 || w.class > list[want].class {
						want = i
					}
				}
				take(q.pop(), want)
			},
			"yield": func(t *rapid.T) {
				newcomer, want := class(t), -1
				for i, w := range list {
					if w.class < newcomer && (want < 0 || w.class <= list[want].class) {
						want = i
					}
				}
				take(q.yield(newcomer), want)
			},
			"remove": func(t *rapid.T) {
				if len(list) > 0 {
					i := rapid.IntRange(0, len(list)-1).Draw(t, "i")
					q.remove(list[i])
					list = slices.Delete(list, i, i+1)
				}
			},
			"": func(t *rapid.T) {
				if q.length != len(list) {
					t.Fatalf("got %d waiters, want %d", q.length, len(list))
				}
			},
		})
	})
}

func TestAClassThatIsUnknownIsInteractive(t *testing.T) {
	for _, class := range []priority.Class{-2, 2, 99} {
		if rankOf(class) != rankOf(priority.Interactive) {
			t.Errorf("class %d has rank %d", int(class), rankOf(class))
		}
	}
}
