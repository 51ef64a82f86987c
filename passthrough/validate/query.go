package validate

import (
	"net/url"
	"strings"
)

// query is the parameters of a query.
type query struct {
	all   []*parameter
	named map[string]int // where a parameter is among all
}

func (q *query) add(p *parameter) {
	if q.named == nil {
		q.named = make(map[string]int)
	}
	q.named[p.name] = len(q.all)
	q.all = append(q.all, p)
}

// given is a value that a request has for a parameter, or for a member of one that is an object.
type given struct {
	parameter    int
	member, text string
}

// check compares a query. It is refused as a whole where readers differ on what it says: where a % is not followed by two
// hexadecimal digits, and where a semicolon stands, which some take for an ampersand.
func (q *query) check(c *check, raw string) {
	if len(q.all) == 0 {
		return
	}
	c.given = c.given[:0]
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if !q.take(c, pair) {
			c.mistake(inQuery, invalid, "must be written so that it can be read in one way only")
			return
		}
	}
	for i, p := range q.all {
		c.texts = c.texts[:0]
		for _, each := range c.given {
			if each.parameter == i && p.shape != deep {
				c.texts = append(c.texts, each.text)
			}
		}
		if p.shape == deep {
			c.deep(p, i)
		} else {
			c.parameter(p)
		}
	}
}

// take reads a pair, and keeps it where its name is a parameter's.
func (q *query) take(c *check, pair string) bool {
	name, text, _ := strings.Cut(pair, "=")
	name, wrongName := url.QueryUnescape(name)
	text, wrongText := url.QueryUnescape(text)
	if wrongName != nil || wrongText != nil || strings.IndexByte(pair, ';') >= 0 {
		return false
	}
	if i, member, ok := q.find(name); ok {
		c.given = append(c.given, given{parameter: i, member: member, text: text})
	}
	return true
}

// find is the parameter that a name is of, and where that is an object, the member: filter[name].
func (q *query) find(name string) (parameter int, member string, ok bool) {
	if i, ok := q.named[name]; ok {
		return i, "", true
	}
	outer, rest, _ := strings.Cut(name, "[")
	member, closed := strings.CutSuffix(rest, "]")
	i, ok := q.named[outer]
	return i, member, ok && closed && q.all[i].shape == deep
}
