package fieldusage

// sums are what one client was counted for, by part.
type sums []sum

type sum struct {
	uses     [2]uint64 // written, and possible
	lastSeen int64     // Unix time, in seconds; 0 if never
}

// addUp moves what a shape has counted to the sums. The lock is held.
func (t *Tracker) addUp(s *shape) {
	for _, c := range s.all() {
		if c == nil {
			continue
		}
		last := c.last.Load() // before the count: it is then no later than what it is about
		if n := c.n.Swap(0); n > 0 {
			t.sumsOf(c.client).add(s.key, n, last)
		}
	}
}

func (t *Tracker) sumsOf(by *client) sums {
	found, ok := t.sums[by]
	if !ok {
		found = make(sums, len(t.parts))
		t.sums[by] = found
	}
	return found
}

func (s sums) add(key string, n uint64, last int64) {
	for i := range len(key) {
		for bit := 0; key[i]>>bit != 0; bit++ {
			if key[i]>>bit&1 == 0 {
				continue
			}
			at := 8*i + bit
			one := &s[at/2]
			one.uses[at%2] += n
			one.lastSeen = max(one.lastSeen, last)
		}
	}
}

// settle moves everything that was counted to the sums. The lock is held.
func (t *Tracker) settle() {
	for _, s := range t.shapes {
		t.addUp(s)
	}
}
