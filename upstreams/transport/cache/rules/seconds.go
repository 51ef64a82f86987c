package rules

import (
	"net/http"
	"strings"
	"time"
)

// longest is the longest time that a number of seconds stands for, 68 years: greater ones mean the same (RFC 9111, 1.2.2).
const longest = (1 << 31) * time.Second

// unsaid is the time that no directive gives.
const unsaid time.Duration = -1

// secondsOf reads a number of seconds: digits and nothing else.
func secondsOf(text string) (d time.Duration, ok bool) {
	var n int64
	for i := range len(text) {
		digit := text[i] - '0'
		if digit > 9 {
			return 0, false
		}
		n = min(n*10+int64(digit), int64(longest/time.Second))
	}
	return time.Duration(n) * time.Second, text != ""
}

// timeOf reads a field that is a time, in any of the three forms of RFC 9110, 5.6.7. It is not ok where there is none or several
// different ones, or where it is not one.
func timeOf(lines []string) (t time.Time, ok bool) {
	if len(lines) == 0 {
		return time.Time{}, false
	}
	for _, line := range lines[1:] {
		if line != lines[0] {
			return time.Time{}, false
		}
	}
	if t, ok = usualTime(lines[0]); ok {
		return t, true
	}
	t, err := http.ParseTime(lines[0])
	if err != nil {
		return time.Time{}, false
	}
	// The form of RFC 850 would be read with any name for a zone, and would be wrong by as much as that is away from Greenwich.
	if strings.Contains(lines[0], "-") && !strings.HasSuffix(lines[0], " GMT") {
		return time.Time{}, false
	}
	return t, true
}
