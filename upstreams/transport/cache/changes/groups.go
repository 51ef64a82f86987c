package changes

import (
	"strings"

	"github.com/concierge-gateway/concierge/purge"
)

// invalidation is the field by which a service ends groups of answers (RFC 9875, section 3), as http.Header keeps it.
const invalidation = "Cache-Group-Invalidation"

// The bounds of the groups of one field. RFC 9875, section 2, asks for at least 32 groups of 32 characters.
const (
	mostGroups    = 64
	longestGroup  = 256
	longestHeader = 16 << 10
)

// addGroups takes the groups that an answer names. More than can be known are all there are.
func (c *changed) addGroups(service string, lines []string) {
	groups, ok := Groups(lines)
	if !ok {
		c.all(service)
	}
	for _, each := range groups {
		c.add(service, purge.Group(service, each))
	}
}

// Groups reads a field that names groups: a list of strings (RFC 9651, section 3.1), given as its lines. A field that is no such
// list names none, and so does one in which anything else stands. They are not ok where there are more than 64, or where one has
// more than 256 characters.
func Groups(lines []string) (groups []string, ok bool) {
	p := parser{rest: strings.Trim(strings.Join(lines, ","), " ")}
	if len(p.rest) > longestHeader {
		return nil, false
	}
	for p.rest != "" {
		group, valid := p.text()
		if !valid || !p.parameters() {
			return nil, true
		}
		groups = append(groups, group)
		p.blanks(" \t")
		if p.rest == "" {
			break
		}
		comma := p.skip(',')
		p.blanks(" \t")
		if !comma || p.rest == "" {
			return nil, true
		}
	}
	if len(groups) > mostGroups {
		return nil, false
	}
	for _, each := range groups {
		if len(each) > longestGroup {
			return nil, false
		}
	}
	return groups, true
}
