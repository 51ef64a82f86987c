package pressure

import (
	"runtime"
	"runtime/metrics"
)

// sample is what the runtime says of the process's memory, in bytes.
type sample struct {
	held        int64 // from the operating system, and not given back
	objects     int64 // of the heap, those included that nobody needs any more
	empty       int64 // of the heap, without objects
	live        int64 // objects that the last collection found alive
	collections uint64
}

// counts is how much of the limit is used. With room, the collector lets the heap grow up to the limit before it runs: what it
// would free does not count. Where the process holds more than the limit in spite of it, it has not got by, and that counts too.
func (s sample) counts(limit int64) int64 {
	beside := max(s.held-s.objects-s.empty, 0) // stacks, and the runtime's own
	return s.live + beside + max(s.held-limit, 0)
}

// The metrics of runtime/metrics, in the order in which they are asked for.
const (
	total = iota
	released
	objects
	free
	unused
	live
	cycles
	names
)

// runtimeProcess measures this process.
type runtimeProcess struct{ samples [names]metrics.Sample }

func newRuntimeProcess() *runtimeProcess {
	p := new(runtimeProcess)
	for i, name := range [names]string{
		total:    "/memory/classes/total:bytes",
		released: "/memory/classes/heap/released:bytes",
		objects:  "/memory/classes/heap/objects:bytes",
		free:     "/memory/classes/heap/free:bytes",
		unused:   "/memory/classes/heap/unused:bytes",
		live:     "/gc/heap/live:bytes",
		cycles:   "/gc/cycles/total:gc-cycles",
	} {
		p.samples[i].Name = name
	}
	return p
}

func (p *runtimeProcess) measure() sample {
	metrics.Read(p.samples[:])
	return sample{
		held:        p.bytes(total) - p.bytes(released),
		objects:     p.bytes(objects),
		empty:       p.bytes(free) + p.bytes(unused),
		live:        p.bytes(live),
		collections: p.samples[cycles].Value.Uint64(),
	}
}

func (p *runtimeProcess) bytes(i int) int64 {
	return int64(p.samples[i].Value.Uint64()) //nolint:gosec // no machine has so much
}

func (p *runtimeProcess) collect() { runtime.GC() }
