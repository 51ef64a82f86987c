package balancer

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

func TestAKeyStaysWhereItIsWhenAnotherEndpointGoes(t *testing.T) {
	m := newModel(t, ByHash, slices.Repeat([]float64{1}, 10)...)
	const keys, gone = 10_000, "d"
	owner := func(key string) string {
		ctx := WithAffinity(t.Context(), func(string, string) string { return key })
		return m.picker.pick(ctx, m.tier, 0).name
	}
	before := make(map[string]string)
	for i := range keys {
		key := fmt.Sprintf("user-%d", i)
		before[key] = owner(key)
	}
	m.tier = m.tier.only(func(e *endpoint) bool { return e.name != gone })
	moved, to := 0, make(map[string]int)
	for key, was := range before {
		switch now := owner(key); {
		case was == gone:
			moved++
			to[now]++
		case now != was:
			t.Fatalf("%s went from %s to %s though %s has gone", key, was, now, gone)
		}
	}
	if moved < keys/10*9/10 || moved > keys/10*11/10 {
		t.Errorf("%d of %d keys moved, want a tenth", moved, keys)
	}
	for name, n := range to {
		if n > 2*moved/9 {
			t.Errorf("%s got %d of %d keys that moved, want them spread over all", name, n, moved)
		}
	}
}

func TestAPopularKeyDoesNotBringItsEndpointDown(t *testing.T) {
	for _, weights := range [][]float64{{1, 1, 1, 1, 1}, {1, 2, 3, 4, 5}} {
		m := newModel(t, ByHash, weights...)
		m.key = func() string { return "everybody" }
		m.picked = func(e *endpoint) {
			inFlight, weight := 1.0, 0.0
			for i := range m.tier.candidates {
				if c := &m.tier.candidates[i]; c.endpoint == e {
					weight = c.weight
				}
				inFlight += float64(m.tier.candidates[i].inFlight.Load())
			}
			if bound := math.Ceil(1.25 * inFlight * weight / m.tier.weight); float64(e.inFlight.Load())+1 > bound {
				t.Fatalf("%s gets its call number %d, want at most %v of %v", e.name, e.inFlight.Load()+1, bound, inFlight)
			}
		}
		if got := m.run(10_000, 5*time.Second); len(got) < 3 {
			t.Errorf("the calls of one key went to %v, want them to spread", got)
		}
	}
}

func TestCallsWithoutTheKeyGoByPowerOfTwo(t *testing.T) {
	m := newModel(t, ByHash, 1, 1, 1)
	m.key = func() string { return "" }
	m.shared(m.run(1000, 50*time.Second), 0.1, 1, 1, 1)
	if e := m.picker.pick(t.Context(), m.tier, m.now); e == nil {
		t.Error("a call from no edge was not sent")
	}
}

func TestTheKeyIsWhatTheSettingsSay(t *testing.T) {
	ctx := WithAffinity(t.Context(), func(kind, name string) string { return kind + ":" + name })
	for want, hash := range map[string]Hash{
		"header:X-Tenant": {Header: "X-Tenant"}, "cookie:session": {Cookie: "session"}, "principal:": {Principal: true},
	} {
		if got := hash.key(ctx); got != want {
			t.Errorf("the key is %q, want %q", got, want)
		}
		if got := hash.key(t.Context()); got != "" {
			t.Errorf("outside the edge the key is %q, want none", got)
		}
	}
}
