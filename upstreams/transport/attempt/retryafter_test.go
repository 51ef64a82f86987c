package attempt

import (
	"net/http"
	"testing"
	"time"
)

func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"120":                           2 * time.Minute,
		"-5":                            0,
		"1.5":                           0,
		"soon":                          0,
		"99999999999999999999":          0,
		"Thu, 01 Jan 2026 00:00:03 GMT": 3 * time.Second,
		"Thu, 01 Jan 2025 00:00:03 GMT": 0,
	} {
		if got := RetryAfter(&http.Response{Header: http.Header{"Retry-After": {text}}}, now); got != want {
			f.Errorf("%q asks for %v, want %v", text, got, want)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := RetryAfter(&http.Response{Header: http.Header{"Retry-After": {text}}}, now); got < 0 {
			t.Errorf("%q asks for %v", text, got)
		}
	})
}
