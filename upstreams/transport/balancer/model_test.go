package balancer

import (
	"container/heap"
	"context"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"
)

// model is a service that is called at random, on a clock of its own. Its endpoints take time to answer, and that is all they
// do.
type model struct {
	*testing.T
	random *rand.Rand
	picker picker
	tier   tier
	takes  func(e *endpoint) time.Duration // on average
	key    func() string                   // of the next call
	picked func(e *endpoint)               // sees each pick before it is made

	now   time.Duration
	calls calls
}

// call is one that is under way.
type call struct {
	*endpoint
	start, end time.Duration
}

type calls []call

func (c *calls) Len() int           { return len(*c) }
func (c *calls) Less(i, j int) bool { return (*c)[i].end < (*c)[j].end }
func (c *calls) Swap(i, j int)      { (*c)[i], (*c)[j] = (*c)[j], (*c)[i] }
func (c *calls) Push(x any)         { *c = append(*c, x.(call)) }
func (c *calls) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

// newModel has one endpoint for each weight. They are called a, b, c and so on, and take about 10 ms.
func newModel(t *testing.T, policy Policy, weights ...float64) *model {
	t.Helper()
	m := &model{T: t, random: rand.New(rand.NewPCG(1, 2))}
	m.takes = func(*endpoint) time.Duration { return 10 * time.Millisecond }
	m.key = func() string { return strconv.Itoa(m.random.Int()) }
	p2c := &powerOfTwo{random: m.random.Float64}
	switch policy {
	case RoundRobin:
		m.picker = new(roundRobin)
	case ByHash:
		m.picker = &byHash{hash: Hash{Header: "Key", Load: 125}, keyless: p2c}
	default:
		m.picker = p2c
	}
	candidates := make([]candidate, len(weights))
	for i, weight := range weights {
		name := string(rune('a' + i))
		candidates[i] = candidate{endpoint: &endpoint{name: name, hash: hashOf(name)}, weight: weight}
	}
	m.tier = newTier(candidates)
	return m
}

// run makes so many calls in a second, at random times, and returns how many each endpoint got.
func (m *model) run(perSecond float64, lasts time.Duration) map[string]int {
	m.Helper()
	got := make(map[string]int)
	for end := m.now + lasts; ; {
		next := m.now + time.Duration(m.random.ExpFloat64()/perSecond*float64(time.Second))
		m.finish(min(next, end))
		if m.now = min(next, end); m.now == end {
			return got
		}
		e := m.picker.pick(m.affine(), m.tier, m.now)
		if m.picked != nil {
			m.picked(e)
		}
		e.inFlight.Add(1)
		took := time.Duration((0.5 + m.random.Float64()) * float64(m.takes(e)))
		heap.Push(&m.calls, call{e, m.now, m.now + took})
		got[e.name]++
	}
}

func (m *model) affine() context.Context {
	key := m.key()
	return WithAffinity(m.Context(), func(string, string) string { return key })
}

// finish ends the calls whose time is over.
func (m *model) finish(now time.Duration) {
	for len(m.calls) > 0 && m.calls[0].end <= now {
		c := heap.Pop(&m.calls).(call)
		c.inFlight.Add(-1)
		c.latency.answered(c.end, c.end-c.start)
	}
}

// shared checks that endpoints got their shares, to within a part of each.
func (m *model) shared(got map[string]int, within float64, want ...float64) {
	m.Helper()
	sum, whole := 0, 0.0
	for i, share := range want {
		sum += got[m.tier.candidates[i].name]
		whole += share
	}
	for i, share := range want {
		name := m.tier.candidates[i].name
		fair := float64(sum) * share / whole
		if math.Abs(float64(got[name])-fair) > fair*within {
			m.Errorf("%s got %d of %d calls, want about %.0f", name, got[name], sum, fair)
		}
	}
}

// setting is a policy, and how many calls come in a second.
type setting struct {
	Policy
	perSecond float64
}

// settings are all policies with few calls, of which two are rarely under way together, and with many, of which a hundred
// always are.
func settings() map[string]setting {
	all := make(map[string]setting)
	for _, policy := range []Policy{PowerOfTwo, RoundRobin, ByHash} {
		all[string(policy)+" with few calls"] = setting{policy, 10}
		all[string(policy)+" with many calls"] = setting{policy, 10_000}
	}
	return all
}

// seconds is how long so many calls take.
func seconds(calls int, perSecond float64) time.Duration {
	return time.Duration(float64(calls) / perSecond * float64(time.Second))
}
