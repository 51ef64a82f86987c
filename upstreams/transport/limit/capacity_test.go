package limit

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// clock feeds a capacity with calls that end one millisecond after the other.
type clock struct {
	*capacity

	now time.Duration
}

// see lets n calls end, each of which took so long.
func (c *clock) see(n int, kind uint64, took time.Duration, outcome attempt.Outcome) {
	for range n {
		c.now += time.Millisecond
		c.observe(sample{kind, c.now - took, c.now, outcome, 1})
	}
}

// inUse says that the limit is reached, and that somebody waits.
func (c *clock) inUse() {
	c.admit(int(c.limit))
	c.hold()
}

const quick, slow = 10 * time.Millisecond, 100 * time.Millisecond

// known is a capacity that has seen calls of two kinds, one ten times as slow as the other, and has come down to a limit of 100.
func known() *clock {
	c := &clock{newCapacity(10, 1000, unstrained), time.Second}
	c.see(500, 1, quick, attempt.Answered)
	c.see(500, 2, slow, attempt.Answered)
	c.limit = 100
	return c
}

func TestWhatAWindowMeans(t *testing.T) {
	for name, each := range map[string]struct {
		window func(*clock)
		want   int
	}{
		"quick calls raise the limit, used or not":  {func(c *clock) { c.see(250, 1, quick, attempt.Answered) }, 110},
		"as long as they are within three times":    {func(c *clock) { c.inUse(); c.see(250, 1, 2*quick, attempt.Answered) }, 110},
		"slow calls lower it":                       {func(c *clock) { c.inUse(); c.see(250, 1, 5*quick, attempt.Answered) }, 70},
		"very slow calls too, by no more than half": {func(c *clock) { c.inUse(); c.see(250, 1, 99*quick, attempt.Answered) }, 60},
		"slow calls of a slow kind do not":          {func(c *clock) { c.inUse(); c.see(250, 2, slow, attempt.Answered) }, 110},
		"a kind that is new says nothing":           {func(c *clock) { c.inUse(); c.see(250, 3, slow, attempt.Answered) }, 110},
		"one very slow call in twenty does not": {func(c *clock) {
			c.inUse()
			c.see(12, 1, 100*quick, attempt.Answered)
			c.see(238, 1, quick, attempt.Answered)
		}, 110},
		"nobody waits: twice as many may be in flight": {func(c *clock) { c.admit(45); c.see(250, 1, 9*quick, attempt.Answered) }, 90},
		"or more, if it falls by half":                 {func(c *clock) { c.admit(5); c.see(250, 1, 99*quick, attempt.Answered) }, 60},
		"few refused calls do not matter":              {func(c *clock) { c.inUse(); c.see(20, 1, quick, attempt.Overloaded) }, 90},
		"many refused calls count at once":             {func(c *clock) { c.admit(50); c.see(20, 1, quick, attempt.Limited) }, 45},
		"many timeouts weigh most":                     {func(c *clock) { c.admit(80); c.see(20, 1, slow, attempt.TimedOut) }, 40},
		"failures say nothing":                         {func(c *clock) { c.inUse(); c.see(500, 1, slow, attempt.Failed) }, 100},
		"callers who leave say nothing":                {func(c *clock) { c.inUse(); c.see(500, 1, slow, attempt.Cancelled) }, 100},
		"calls that were not made say nothing":         {func(c *clock) { c.inUse(); c.see(500, 1, slow, attempt.Withheld) }, 100},
		"connections that were not made say nothing":   {func(c *clock) { c.inUse(); c.see(500, 1, slow, attempt.Unreachable) }, 100},
		"too few calls say nothing":                    {func(c *clock) { c.inUse(); c.see(19, 1, slow, attempt.Overloaded) }, 100},
		"a short time says nothing":                    {func(c *clock) { c.inUse(); c.see(200, 1, slow, attempt.Answered) }, 100},
	} {
		t.Run(name, func(t *testing.T) {
			c := known()
			c.window = window{began: c.now}
			each.window(c)
			if got := int(c.limit + 0.5); got != each.want {
				t.Errorf("got a limit of %d, want %d", got, each.want)
			}
		})
	}
}

// They waited behind more calls than there may be now.
func TestCallsFromBeforeTheLimitFellSayNothing(t *testing.T) {
	c := known()
	c.window = window{began: c.now}
	c.inUse()
	c.see(250, 1, 5*quick, attempt.Answered)
	fell := c.limit
	c.see(300, 1, 400*time.Millisecond, attempt.Answered)
	if fell >= 100 || c.limit != fell {
		t.Errorf("the limit fell to %v, and then to %v", fell, c.limit)
	}
}

func TestWhatIsUsual(t *testing.T) {
	usual := func(c *clock) time.Duration {
		took := time.Millisecond
		for c.kinds.excess(1, logarithm(took)) < 0 {
			took += time.Millisecond
		}
		return took
	}
	t.Run("becomes less soon", func(t *testing.T) {
		c := known()
		c.see(10_000, 1, quick/2, attempt.Answered)
		if got := usual(c); got > 6*time.Millisecond {
			t.Errorf("after ten seconds, %v is usual", got)
		}
	})
	t.Run("becomes more slowly", func(t *testing.T) {
		c := known()
		c.see(10_000, 1, 2*quick, attempt.Answered)
		if got := usual(c); got < 11*time.Millisecond || got > 14*time.Millisecond {
			t.Errorf("after ten seconds, %v is usual", got)
		}
		c.see(50_000, 1, 2*quick, attempt.Answered)
		if got := usual(c); got < 19*time.Millisecond {
			t.Errorf("after a minute, %v is usual", got)
		}
	})
	t.Run("stays while somebody waits", func(t *testing.T) {
		c := known()
		for range 100 {
			c.inUse()
			c.see(250, 1, 2*quick, attempt.Answered)
		}
		if got := usual(c); got > 11*time.Millisecond {
			t.Errorf("%v has become usual", got)
		}
	})
}

func TestTheLimitStaysWithinItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lowest := rapid.IntRange(1, 50).Draw(t, "min")
		c := &clock{newCapacity(lowest, lowest+rapid.IntRange(0, 500).Draw(t, "span"), unstrained), 0}
		t.Repeat(map[string]func(*rapid.T){
			"calls end": func(t *rapid.T) {
				took := time.Duration(rapid.Int64Range(0, int64(10*time.Second)).Draw(t, "took"))
				c.see(rapid.IntRange(1, 300).Draw(t, "n"), rapid.Uint64().Draw(t, "kind"), took,
					rapid.SampledFrom(attempt.Outcomes()).Draw(t, "outcome"))
			},
			"somebody waits": func(*rapid.T) { c.inUse() },
			"time passes":    func(*rapid.T) { c.now += time.Hour },
			"": func(t *rapid.T) {
				if !(c.limit >= c.min && c.limit <= c.max) { // also when it is no number
					t.Fatalf("the limit is %v", c.limit)
				}
			},
		})
	})
}
