package main

import (
	"debug/buildinfo"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// fact is something that figures depend on.
type fact struct{ name, value string }

// thisMachine is what this run's figures depend on: the machine, and the programs. What cannot be found out is left out.
func thisMachine(s settings) []fact {
	facts := []fact{
		{"processor", member("/proc/cpuinfo", "model name")},
		{"processors", strconv.Itoa(runtime.NumCPU())},
		{"memory", member("/proc/meminfo", "MemTotal")},
		{"kernel", firstLine("/proc/sys/kernel/osrelease")},
		{"Concierge", s.stamp},
		{"Go", goOf(s.concierge)},
		{"Node.js", version("node", "--version")},
		{"nginx", version("nginx", "-v")},
		{"HAProxy", version("haproxy", "-v")},
		{"date", time.Now().UTC().Format("2006-01-02 15:04 UTC")},
	}
	var known []fact
	for _, f := range facts {
		if f.value != "" {
			known = append(known, f)
		}
	}
	return known
}

// member is the first value of a name in a file of lines such as "name : value".
func member(file, name string) string {
	text, err := os.ReadFile(file) //nolint:gosec // it is in /proc
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if found, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(found) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func firstLine(file string) string {
	text, err := os.ReadFile(file) //nolint:gosec // the same
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

// goOf is the Go that a program was built with.
func goOf(program string) string {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(info.GoVersion, "go")
}

// version is the first number with points that a program says when it is asked for its version.
func version(program, flag string) string {
	path, err := find(program)
	if err != nil {
		return ""
	}
	said, err := exec.Command(path, flag).CombinedOutput() //nolint:gosec,noctx // the programs are a table of this one
	if err != nil {
		return ""
	}
	return versionIn(string(said))
}

func versionIn(said string) string { return regexp.MustCompile(`\d+(\.\d+)+`).FindString(said) }
