package routing

import "slices"

// Params are the values that the parameters of a pattern have in a request.
type Params struct {
	names  []string // the rule's own
	values []value
}

// value is the part of a path that a parameter stands for.
type value struct {
	raw  string // as the client wrote it
	text string // decoded
}

// Get is the decoded value of a parameter. That of a rest is all of its segments, with slashes between them.
func (p Params) Get(name string) (text string, ok bool) {
	i := slices.Index(p.names, name)
	if i < 0 {
		return "", false
	}
	return p.values[i].text, true
}

// raw is a value as the client wrote it. A name that is not there has none.
func (p Params) raw(name string) string {
	i := slices.Index(p.names, name)
	if i < 0 {
		return ""
	}
	return p.values[i].raw
}
