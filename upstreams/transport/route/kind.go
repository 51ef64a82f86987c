package route

import (
	"net/http"
	"strings"
)

// FNV-1a, by Fowler, Noll and Vo: short, and good enough to tell a few hundred requests apart.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// Kind tells requests apart by what they ask for and not by whom: by method, by path without the segments that hold a digit,
// since those are ids, and by the names of the query's parameters.
func Kind(req *http.Request) uint64 {
	hash := mix(fnvOffset, req.Method)
	path := req.URL.Path
	for path != "" {
		var segment string
		segment, path, _ = strings.Cut(path, "/")
		if hasDigit(segment) {
			segment = "0"
		}
		hash = mix(hash, segment)
	}
	hash = mix(hash, "?")
	query := req.URL.RawQuery
	for query != "" {
		var parameter string
		parameter, query, _ = strings.Cut(query, "&")
		name, _, _ := strings.Cut(parameter, "=")
		hash = mix(hash, name)
	}
	return hash
}

func hasDigit(text string) bool {
	for i := range len(text) {
		if '0' <= text[i] && text[i] <= '9' {
			return true
		}
	}
	return false
}

// mix adds a word and its end.
func mix(hash uint64, word string) uint64 {
	for i := range len(word) {
		hash = (hash ^ uint64(word[i])) * fnvPrime
	}
	return (hash ^ '/') * fnvPrime
}
