package tests

import "runtime"

// live is how much memory is in use that cannot be let go, in bytes. What a pool has goes with the second collection, what waits
// for a cleanup one later, and what such a thing gave back to a pool another two later: so it is the least there is, once three
// collections in turn have found no less.
func live() uint64 {
	const rests, noise = 3, 16 << 10
	var memory runtime.MemStats
	read := func() uint64 {
		runtime.GC()
		runtime.ReadMemStats(&memory)
		return memory.HeapAlloc
	}
	least := read()
	for rested := 0; rested < rests; {
		now := read()
		rested++
		if now+noise < least {
			rested = 0
		}
		least = min(least, now)
	}
	return least
}
