package rules

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// noon is when the answers of these tests come.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// header reads fields, one a line. A time may be written in seconds from noon, as in "Expires: @-10".
func header(fields ...string) http.Header {
	h := http.Header{}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ": ")
		if offset, ok := strings.CutPrefix(value, "@"); ok {
			d, err := time.ParseDuration(offset + "s")
			if err != nil {
				panic(err)
			}
			value = noon.Add(d).Format(http.TimeFormat)
		}
		h.Add(name, value)
	}
	return h
}

func get(fields ...string) *http.Request {
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.Header = header(fields...)
	return req
}

func with(method string, fields ...string) *http.Request {
	req := get(fields...)
	req.Method = method
	return req
}

// ok is an answer of 200 that came at noon.
func ok(s Settings, fields ...string) Answer { return answer(200, s, fields...) }

func answer(status int, s Settings, fields ...string) Answer {
	return NewAnswer(status, header(fields...), noon, noon, nil, s)
}

// byHand is the same as another answer, but read anew each time.
func byHand(a Answer) Answer {
	a.known = nil
	return a
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
