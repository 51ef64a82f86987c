package soak

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// reason is why an answer may be another than it should be. Each is documented to show.
type reason string

const (
	killed      reason = "an instance was killed (docs/operating.md, Several instances)"
	paymentDown reason = "the payment service was down (docs/resilience.md, What callers see)"
	redisAway   reason = "Redis was away (docs/caching.md, Several instances)"
	changed     reason = "the service of a feed was changed by a reload (docs/configuration.md, What lasts)"
	withdrawn   reason = "the key of its credential was taken away (docs/subscriptions.md, What ends a subscription)"
	told        reason = "told to connect again (docs/subscriptions.md, What ends a subscription)"
)

// window is a time in which something may show.
type window struct{ from, until time.Time }

// journal is what was done when.
type journal struct {
	mu  sync.Mutex
	all map[reason][]*window
}

// opens begins a window. What it returns closes it, and may leave it open for longer.
func (j *journal) opens(r reason) (end func(after time.Duration)) {
	w := &window{from: time.Now()}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.all == nil {
		j.all = make(map[reason][]*window)
	}
	j.all[r] = append(j.all[r], w)
	return func(after time.Duration) {
		j.mu.Lock()
		defer j.mu.Unlock()
		w.until = time.Now().Add(after)
	}
}

// during says whether a window of a reason was open at some time between.
func (j *journal) during(r reason, from, until time.Time) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.ContainsFunc(j.all[r], func(w *window) bool {
		return w.from.Before(until) && (w.until.IsZero() || w.until.After(from))
	})
}

// tally is what became of all that was asked.
type tally struct {
	mu        sync.Mutex
	right     map[string]int            // by kind
	explained map[reason]map[string]int // by reason and kind
	counts    map[string]int            // what else was counted
	wrong     []string                  // the first of those that nothing explains
	unjust    int                       // how many these are
}

const evidence = 40 // how many wrong answers are shown

func newTally() *tally {
	return &tally{right: make(map[string]int), explained: make(map[reason]map[string]int), counts: make(map[string]int)}
}

func (t *tally) good(kind string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.right[kind]++
}

func (t *tally) count(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[what]++
}

func (t *tally) explain(kind string, r reason) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.explained[r] == nil {
		t.explained[r] = make(map[string]int)
	}
	t.explained[r][kind]++
}

func (t *tally) failf(kind, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unjust++
	if len(t.wrong) < evidence {
		text := fmt.Sprintf(format, args...)
		t.wrong = append(t.wrong, time.Now().UTC().Format("15:04:05.000 ")+kind+": "+text[:min(len(text), 1500)])
	}
}

// all is how many were asked.
func (t *tally) all() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, each := range t.right {
		n += each
	}
	for _, each := range t.explained {
		for _, more := range each {
			n += more
		}
	}
	return n + t.unjust
}

func (t *tally) wrongOnes() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.wrong)
}

// tell is the tally as text.
func (t *tally) tell() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var text strings.Builder
	fmt.Fprintf(&text, "%-42s %9s\n", "answered as they should be", "")
	sum := 0
	for _, kind := range slices.Sorted(maps.Keys(t.right)) {
		fmt.Fprintf(&text, "  %-40s %9d\n", kind, t.right[kind])
		sum += t.right[kind]
	}
	fmt.Fprintf(&text, "  %-40s %9d\n", "all", sum)
	for _, r := range slices.SortedFunc(maps.Keys(t.explained), cmp.Compare[reason]) {
		fmt.Fprintf(&text, "otherwise, since %s\n", r)
		for _, kind := range slices.Sorted(maps.Keys(t.explained[r])) {
			fmt.Fprintf(&text, "  %-40s %9d\n", kind, t.explained[r][kind])
		}
	}
	fmt.Fprintf(&text, "%-42s %9d\n", "wrong, or failed without a reason", t.unjust)
	fmt.Fprintf(&text, "what else was counted\n")
	for _, what := range slices.Sorted(maps.Keys(t.counts)) {
		fmt.Fprintf(&text, "  %-40s %9d\n", what, t.counts[what])
	}
	return text.String()
}

// failure is an entry of errors.
type failure struct {
	Path       []any `json:"path"`
	Extensions struct {
		Code string `json:"code"`
	} `json:"extensions"`
}

func (f failure) at() string {
	var text strings.Builder
	for _, step := range f.Path {
		fmt.Fprintf(&text, "/%v", step)
	}
	return text.String()
}

// upstreams says whether a code is one of those of services.
func upstreams(code string) bool { return strings.HasPrefix(code, "UPSTREAM_") }

// missing takes out of what is wanted what an error has made null in the answer.
func missing(want, got any, path []any) {
	for i, step := range path {
		switch at := want.(type) {
		case map[string]any:
			name, _ := step.(string)
			others, _ := got.(map[string]any)
			if others == nil {
				return
			}
			if others[name] == nil || i == len(path)-1 {
				at[name] = others[name]
				return
			}
			want, got = at[name], others[name]
		case []any:
			index, _ := step.(json.Number)
			n, err := index.Int64()
			others, _ := got.([]any)
			if err != nil || int(n) >= len(at) || int(n) >= len(others) {
				return
			}
			if others[n] == nil {
				at[n] = nil
				return
			}
			want, got = at[n], others[n]
		default:
			return
		}
	}
}
