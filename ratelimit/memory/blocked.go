package memory

import "time"

// Blocked is how long a counter still has nothing left, 0 where it has something. It asks for the rate that the counter was last
// charged by, and takes nothing.
func (s *Store) Blocked(key string) (wait time.Duration) {
	s.with(key, func(part *shard) {
		if e, ok := part.byKey[key]; ok {
			wait = e.counter.Wait(e.rate, s.Now(), 1)
		}
	})
	return wait
}
