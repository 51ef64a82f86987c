// Package collector answers how the process's memory is collected and sampled: by how much there is, and seldom.
//
// Go's own setting collects as soon as the heap has doubled, which for a program whose live heap is a few MiB means all the time.
// With a limit that the runtime keeps, the heap may grow further between collections; close to the limit it collects more often
// by itself.
package collector

import (
	"log/slog"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

const (
	// share is how much of the memory the heap may take. The rest is for stacks, for what the runtime has not given back yet, and,
	// where no limit was set for this process, for the others.
	share = 0.8
	// percent is how much the heap may grow before it is collected, of what was alive after the last collection.
	percent = 400
)

// Tune sets the collector for the whole process, once at its start. What the environment says (GOMEMLIMIT, GOGC) stays as it is.
// Where nobody can tell how much memory there is, Go's own setting stays, which needs no limit to be safe.
func Tune(getenv func(string) (string, bool), log *slog.Logger) {
	if _, set := getenv("GOMEMLIMIT"); !set {
		limit, err := memlimit.Set(
			memlimit.WithRatio(share),
			memlimit.WithProvider(memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)),
		)
		if err != nil {
			log.Warn("memory limit unknown, so the collector stays as it is", "error", err.Error())
			return
		}
		log.Debug("memory limit", "bytes", limit)
	}
	if _, set := getenv("GOGC"); !set {
		debug.SetGCPercent(percent)
	}
}
