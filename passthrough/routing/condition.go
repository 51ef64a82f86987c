package routing

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// present is the value of a condition that any value fits.
const present = "*"

// condition is what a rule asks of a header or a query parameter.
type condition struct {
	query bool
	name  string // of a header, in canonical form
	value string
}

// conditionsOf are a rule's conditions, headers first, by name.
func conditionsOf(r Rule) []condition {
	conditions := make([]condition, 0, len(r.Headers)+len(r.Query))
	for name, value := range r.Headers {
		conditions = append(conditions, condition{name: http.CanonicalHeaderKey(name), value: value})
	}
	for name, value := range r.Query {
		conditions = append(conditions, condition{query: true, name: name, value: value})
	}
	slices.SortFunc(conditions, func(a, b condition) int { return cmp.Compare(a.String(), b.String()) })
	return conditions
}

// String is the condition in a rule's name: "header X-Beta", "query format=xml".
func (c condition) String() string {
	text := "header " + c.name
	if c.query {
		text = "query " + c.name
	}
	if c.value != present {
		text += "=" + c.value
	}
	return text
}

// contradicts reports whether no request can fit both conditions.
func (c condition) contradicts(other condition) bool {
	return c.query == other.query && c.name == other.name &&
		c.value != other.value && c.value != present && other.value != present
}

// holds reports whether a request fits the condition.
func (c condition) holds(r *http.Request) bool {
	if c.query {
		count, value := parameter(r.URL.RawQuery, c.name)
		return c.fits(count, value)
	}
	values := r.Header[c.name]
	if len(values) == 0 {
		return false
	}
	return c.fits(len(values), values[0])
}

func (c condition) fits(count int, value string) bool {
	return count > 0 && c.value == present || count == 1 && c.value == value
}

// parameter counts how often a query has a parameter, and finds its last value. Only & divides parameters, as URLSearchParams
// does it; one that cannot be decoded is none.
func parameter(query, name string) (count int, value string) {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		key, val, _ := strings.Cut(pair, "=")
		key, keyErr := url.QueryUnescape(key)
		if pair == "" || keyErr != nil || key != name {
			continue
		}
		if val, err := url.QueryUnescape(val); err == nil {
			count, value = count+1, val
		}
	}
	return count, value
}
