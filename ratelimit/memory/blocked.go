package memory

import "time"

// Blocked is how long a counter still has nothing left, 0 where it has something. It asks for the rate that the counter was last
// charged by, and takes nothing.
//
// Every request asks before anything else, mostly of a counter that all of them share. So no lock is taken where no counter of
// the shard is used up.
func (s *Store) Blocked(key string) (wait time.Duration) {
	part := &s.shards[s.place(key)]
	if part.usedUp.Load() == 0 {
		return 0
	}
	part.mu.Lock()
	defer part.mu.Unlock()
	e := part.byKey[key]
	if e == nil || !e.used {
		return 0
	}
	wait = e.counter.Wait(e.rate(), s.Now(), 1)
	part.note(e)
	return wait
}
