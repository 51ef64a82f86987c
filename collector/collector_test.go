package collector

import (
	"log/slog"
	"math"
	"runtime/debug"
	"testing"
)

func environment(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	}
}

func TestTheHeapMayGrowWhereALimitIsKept(t *testing.T) {
	before, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	defer func() {
		debug.SetGCPercent(before)
		debug.SetMemoryLimit(limit)
	}()
	Tune(environment(nil), slog.New(slog.DiscardHandler))
	if got := debug.SetGCPercent(100); got != percent {
		t.Errorf("the collector runs at %d %%, want %d", got, percent)
	}
	if got := debug.SetMemoryLimit(-1); got <= 0 || got == math.MaxInt64 {
		t.Errorf("the memory limit is %d, want one", got)
	}
}

func TestWhatTheEnvironmentSaysStays(t *testing.T) {
	before, limit := debug.SetGCPercent(70), debug.SetMemoryLimit(1<<40)
	defer func() {
		debug.SetGCPercent(before)
		debug.SetMemoryLimit(limit)
	}()
	Tune(environment(map[string]string{"GOGC": "70", "GOMEMLIMIT": "1TiB"}), slog.New(slog.DiscardHandler))
	if got := debug.SetGCPercent(70); got != 70 {
		t.Errorf("the collector runs at %d %%, want 70", got)
	}
	if got := debug.SetMemoryLimit(-1); got != 1<<40 {
		t.Errorf("the memory limit is %d, want it unchanged", got)
	}
}
