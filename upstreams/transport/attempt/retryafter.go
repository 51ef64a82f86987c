package attempt

import (
	"net/http"
	"strconv"
	"time"
)

// RetryAfter is the wait that an answer asks for, in seconds or up to a date (RFC 9110, section 10.2.3): never negative, and 0
// where it asks for none that can be read.
func RetryAfter(res *http.Response, now time.Time) time.Duration {
	text := res.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}
