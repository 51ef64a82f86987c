package status

import (
	"strconv"
	"strings"
	"time"
)

// nothing stands where there is no number to show.
const nothing = "–"

// number has as many digits as are worth reading.
func number(value float64) string {
	digits := 0
	switch {
	case value == float64(int64(value)):
	case value < 10:
		digits = 2
	case value < 100:
		digits = 1
	}
	return strconv.FormatFloat(value, 'f', digits, 64)
}

func percent(value *float64) string {
	if value == nil {
		return nothing
	}
	return number(*value*100) + " %"
}

// span is a time in seconds.
func span(seconds float64) string {
	switch {
	case seconds <= 0:
		return "0"
	case seconds < 0.001:
		return number(seconds*1e6) + " µs"
	case seconds < 1:
		return number(round(seconds*1000, 2)) + " ms"
	default:
		return number(round(seconds, 2)) + " s"
	}
}

// spans are the percentiles of a latency.
func spans(l *Latency) (p50, p95, p99 string) {
	if l == nil {
		return nothing, nothing, nothing
	}
	return span(l.P50), span(l.P95), span(l.P99)
}

// size is a number of bytes.
func size(bytes float64) string {
	units := [...]string{" B", " KiB", " MiB", " GiB"}
	i := 0
	for bytes >= 1024 && i < len(units)-1 {
		bytes /= 1024
		i++
	}
	return number(bytes) + units[i]
}

// age is a longer time, in its two largest units.
func age(d time.Duration) string {
	d = d.Truncate(time.Second)
	days, hours, minutes := d/(24*time.Hour), d/time.Hour%24, d/time.Minute%60
	part := func(n time.Duration, unit string) string { return strconv.FormatInt(int64(n), 10) + unit }
	switch {
	case days > 0:
		return part(days, " d ") + part(hours, " h")
	case hours > 0:
		return part(hours, " h ") + part(minutes, " min")
	case minutes > 0:
		return part(minutes, " min ") + part(d/time.Second%60, " s")
	default:
		return part(d/time.Second, " s")
	}
}

func clock(t time.Time) string { return t.UTC().Format(time.TimeOnly) }

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// plainLine is text without line ends, which an event cannot hold.
func plainLine(text string) string {
	if strings.ContainsAny(text, "\r\n") {
		return strings.NewReplacer("\r", " ", "\n", " ").Replace(text)
	}
	return text
}

// words are a name of the program's own, such as half_open, as people read it.
func words(name string) string { return strings.ReplaceAll(name, "_", "-") }
