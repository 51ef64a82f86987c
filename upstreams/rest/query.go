package rest

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// encode writes a query as url.Values does, but keeps the commas of a list of keys readable, as RFC 3986 allows.
func encode(query url.Values) string {
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	var text []byte
	for _, name := range names {
		for _, value := range query[name] {
			if len(text) > 0 {
				text = append(text, '&')
			}
			text = append(appendEscaped(text, name), '=')
			text = appendEscaped(text, value)
		}
	}
	return string(text)
}

// appendEscaped escapes what has to be. In most queries nothing has: they are lists of keys.
func appendEscaped(to []byte, text string) []byte {
	if plain(text) {
		return append(to, text...)
	}
	return append(to, strings.ReplaceAll(url.QueryEscape(text), "%2C", ",")...)
}

// plain reports whether a text is written as it is.
func plain(text string) bool {
	for i := range len(text) {
		c := text[i]
		digit, letter := '0' <= c && c <= '9', 'a' <= c|0x20 && c|0x20 <= 'z'
		if !digit && !letter && c != ',' && c != '-' && c != '_' && c != '.' && c != '~' {
			return false
		}
	}
	return true
}

// commaList is a list of keys as one text.
func commaList(keys []record.ID) string {
	text := make([]byte, 0, len(keys)*8) // of keys that are long, it grows
	for i, key := range keys {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, int64(key), 10)
	}
	return string(text)
}
