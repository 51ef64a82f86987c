package rest

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// usualQuery is how long most queries are at most, in bytes. What fits is written on the stack.
const usualQuery = 256

// encode writes a query as url.Values does, but keeps the commas of a list of keys readable, as RFC 3986 allows.
func encode(query url.Values) string {
	names := make([]string, 0, 8)
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	text := make([]byte, 0, usualQuery)
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

// encodeList is encode for one parameter, which is a list of keys.
func encodeList(name string, keys []record.ID) string {
	text := append(appendEscaped(make([]byte, 0, usualQuery), name), '=')
	return string(appendList(text, keys))
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
		switch c := text[i]; {
		case '0' <= c && c <= '9', c == ',', 'a' <= c|0x20 && c|0x20 <= 'z', c == '-', c == '_', c == '.', c == '~':
		default:
			return false
		}
	}
	return true
}

// commaList is a list of keys as one text.
func commaList(keys []record.ID) string { return string(appendList(make([]byte, 0, usualQuery), keys)) }

func appendList(to []byte, keys []record.ID) []byte {
	for i, key := range keys {
		if i > 0 {
			to = append(to, ',')
		}
		to = strconv.AppendInt(to, int64(key), 10)
	}
	return to
}
