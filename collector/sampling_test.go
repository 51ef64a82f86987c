package collector

import (
	"runtime"
	"testing"
)

func TestAllocationsAreSampledSeldomUnlessTheEnvironmentSaysHowOften(t *testing.T) {
	before := runtime.MemProfileRate
	defer func() { runtime.MemProfileRate = before }()
	SampleLess(environment(map[string]string{"GODEBUG": "gctrace=0,memprofilerate=1024"}))
	if runtime.MemProfileRate != before {
		t.Errorf("one allocation in %d bytes is sampled, want what the environment says", runtime.MemProfileRate)
	}
	SampleLess(environment(map[string]string{"GODEBUG": "gctrace=0"}))
	if runtime.MemProfileRate != sampled {
		t.Errorf("one allocation in %d bytes is sampled, want %d", runtime.MemProfileRate, sampled)
	}
}
