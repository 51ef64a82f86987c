package main

import (
	"os"
	"testing"
	"time"
)

func TestParseStatReadsWhatAProcessUsed(t *testing.T) {
	const text = "42 (a b) c)) S 7 42 42 0 -1 4194304 100 0 0 0 250 50 3 2 20 0 9 0 1000 1000000 500"
	got, err := parseStat([]byte(text))
	if want := (stat{parent: 7, used: 3050 * time.Millisecond}); err != nil || got != want {
		t.Errorf("parseStat = %+v, %v, want %+v", got, err, want)
	}
	if _, err := parseStat([]byte("42 (a) S 7")); err == nil {
		t.Error("a line that is cut off was read")
	}
}

func TestDescendsFollowsParents(t *testing.T) {
	all := map[int]stat{10: {parent: 1}, 11: {parent: 10}, 12: {parent: 11}, 20: {parent: 1}}
	for pid, want := range map[int]bool{10: true, 11: true, 12: true, 20: false, 1: false} {
		if got := descends(all, pid, 10); got != want {
			t.Errorf("%d descends from 10: %t, want %t", pid, got, want)
		}
	}
}

func TestParseMachineLeavesOutIdleTime(t *testing.T) {
	got, err := parseMachine("cpu  100 10 50 9999 8888 1 2 3 77 88\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
	if want := 1660 * time.Millisecond; err != nil || got != want {
		t.Errorf("parseMachine = %v, %v, want %v", got, err, want)
	}
}

func TestParsePeakReadsKilobytes(t *testing.T) {
	got, err := parsePeak("Name:\tx\nVmHWM:\t   16384 kB\nVmRSS:\t 100 kB\n")
	if want := int64(16 << 20); err != nil || got != want {
		t.Errorf("parsePeak = %d, %v, want %d", got, err, want)
	}
	if _, err := parsePeak("Name:\tx\n"); err == nil {
		t.Error("a status without VmHWM was read")
	}
}

func TestThisProcessIsFound(t *testing.T) {
	if _, err := processorTime(os.Getpid()); err != nil {
		t.Error(err)
	}
	if peak, err := peakMemory(os.Getpid()); err != nil || peak == 0 {
		t.Errorf("peakMemory = %d, %v", peak, err)
	}
	if _, err := machineTime(); err != nil {
		t.Error(err)
	}
}
