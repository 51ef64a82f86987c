package rules

import (
	"strconv"
	"strings"
	"time"
)

// AgeOf is how old an answer is (RFC 9111, 4.2.3), never negative.
func AgeOf(a Answer, now time.Time) time.Duration {
	resident := max(0, now.Sub(a.Came))
	if a.known != nil {
		return a.known.initialAge + resident
	}
	return initialAge(a) + resident
}

// Age is how old an answer is, as the field has it.
func Age(a Answer, now time.Time) string { return string(AppendAge(nil, a, now)) }

// AppendAge appends Age.
func AppendAge(text []byte, a Answer, now time.Time) []byte {
	return strconv.AppendInt(text, int64(min(AgeOf(a, now), longest)/time.Second), 10)
}

// initialAge is how old an answer was when it came. A time below a second is not counted where it is by Date, which does not
// tell it.
func initialAge(a Answer) time.Duration {
	apparent := time.Duration(0)
	if made, ok := timeOf(a.Header["Date"]); ok {
		apparent = max(0, a.Came.Sub(made)).Truncate(time.Second)
	}
	corrected := ageValue(a.Header["Age"]) + max(0, a.Came.Sub(a.Asked))
	return min(max(apparent, corrected), longest)
}

// ageValue reads Age. One that cannot be read says that the answer has been kept for a time that nobody knows, which counts as
// the longest. So do several, and what a list of them joined by a comma and a blank has been made of. Of a list that one sender
// wrote, the first counts (RFC 9111, 5.1).
func ageValue(lines []string) time.Duration {
	switch len(lines) {
	case 0:
		return 0
	case 1:
		first, rest, _ := strings.Cut(lines[0], ",")
		if age, ok := secondsOf(first); ok && !strings.ContainsAny(rest, " \t") {
			return age
		}
	}
	return longest
}
