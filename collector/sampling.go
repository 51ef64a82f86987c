package collector

import (
	"runtime"
	"strings"
)

// sampled is after how many allocated bytes, in the mean, the stack of an allocation is noted for heap profiles. Go has
// 512 KiB, which a request with a few hundred records allocates by itself: walking the deep stack of a request took 2 % of the
// processor's time. A leak that anybody looks for is a hundred times larger than this.
const sampled = 4 << 20

// SampleLess makes heap profiles cost next to nothing. It is for the whole process, and for its first line: what was sampled by
// another setting before would be reckoned by this one. What the environment says (GODEBUG=memprofilerate=…) stays as it is.
func SampleLess(getenv func(string) (string, bool)) {
	if said, _ := getenv("GODEBUG"); !strings.Contains(said, "memprofilerate=") {
		runtime.MemProfileRate = sampled
	}
}
