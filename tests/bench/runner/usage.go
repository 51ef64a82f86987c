package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of /proc's times. It is the same on every Linux that Go runs on.
const tick = time.Second / 100

// processorTime is what a process and its descendants have used, in user and system mode.
func processorTime(root int) (time.Duration, error) {
	all, err := stats()
	if err != nil {
		return 0, err
	}
	if _, ok := all[root]; !ok {
		return 0, fmt.Errorf("process %d has ended", root)
	}
	var sum time.Duration
	for pid, s := range all {
		if descends(all, pid, root) {
			sum += s.used
		}
	}
	return sum, nil
}

// stat is a process as /proc/<pid>/stat shows it.
type stat struct {
	parent int
	used   time.Duration // with what its ended children used
}

func stats() (map[int]stat, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	all := make(map[int]stat, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // it is in /proc
		if err != nil {
			continue // it has ended in between
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			return nil, err
		}
		if all[pid], err = parseStat(text); err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
	}
	return all, nil
}

// parseStat reads fields 4 and 14 to 17 of proc_pid_stat(5). The second, a name, may hold spaces and parentheses.
func parseStat(text []byte) (stat, error) {
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // from the third on
	if len(fields) < 15 {
		return stat{}, fmt.Errorf("%q has too few fields", text)
	}
	parent, err := strconv.Atoi(fields[1])
	if err != nil {
		return stat{}, err
	}
	s := stat{parent: parent}
	for _, field := range fields[11:15] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return stat{}, err
		}
		s.used += time.Duration(ticks) * tick
	}
	return s, nil
}

func descends(all map[int]stat, pid, root int) bool {
	for pid != root && pid > 1 {
		pid = all[pid].parent
	}
	return pid == root
}

// ownTime is what this process has used.
func ownTime() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// machineTime is what all processors together were busy for.
func machineTime() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	return parseMachine(string(text))
}

// parseMachine reads the first line of proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal. What a hypervisor
// stole counts as busy: it was not there for us. Guests are in user and nice already.
func parseMachine(text string) (time.Duration, error) {
	line, _, _ := strings.Cut(text, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, fmt.Errorf("%q is not the line of all processors", line)
	}
	var busy time.Duration
	for i, field := range fields[1:9] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		const idle, iowait = 3, 4
		if i != idle && i != iowait {
			busy += time.Duration(ticks) * tick
		}
	}
	return busy, nil
}

// forgetPeak makes the peak of the memory of a process and its descendants begin anew.
func forgetPeak(root int) error {
	return eachDescendant(root, func(pid int) error {
		return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
	})
}

// peakMemory is the most resident memory that a process has had, and its descendants each, in bytes.
func peakMemory(root int) (int64, error) {
	var sum int64
	err := eachDescendant(root, func(pid int) error {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return err
		}
		peak, err := parsePeak(string(text))
		sum += peak
		return err
	})
	return sum, err
}

// eachDescendant goes over a process and its descendants.
func eachDescendant(root int, do func(pid int) error) error {
	all, err := stats()
	if err != nil {
		return err
	}
	for pid := range all {
		if descends(all, pid, root) {
			err = errors.Join(err, do(pid))
		}
	}
	return err
}

func parsePeak(text string) (int64, error) {
	_, rest, _ := strings.Cut(text, "VmHWM:")
	line, _, _ := strings.Cut(rest, "\n")
	kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(line), " kB"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read VmHWM: %w", err)
	}
	return kilobytes << 10, nil
}
