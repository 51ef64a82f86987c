package routing

import (
	"net/http"
	"slices"
)

// leaf has what is reached by one path pattern, whatever its parameters are called.
type leaf struct {
	entries []*entry // in order
	methods []byMethod
	every   []*entry // those of every method
	vary    []string // the headers that decide here
	header  bool     // API-Version counts
	media   bool     // so does Accept
}

// byMethod has the entries that take a method, in order.
type byMethod struct {
	method  string
	entries []*entry
}

// prepare sorts out the entries of a leaf, once it has them all.
func (l *leaf) prepare() {
	for _, e := range l.entries {
		l.header = l.header || e.header
		l.media = l.media || e.media
		if e.methods == nil {
			l.every = append(l.every, e)
		}
	}
	for _, method := range methodsOf(l.entries) {
		l.methods = append(l.methods, byMethod{method, l.taking(method)})
	}
	l.vary = l.varying()
}

// taking are the entries that take a method which one of them names.
func (l *leaf) taking(method string) []*entry {
	var naming, implying []*entry
	for _, e := range l.entries {
		switch {
		case slices.Contains(e.methods, method):
			naming = append(naming, e)
		case method == http.MethodHead && slices.Contains(e.methods, http.MethodGet):
			implying = append(implying, e)
		}
	}
	slices.SortStableFunc(naming, compareRank)
	slices.SortStableFunc(implying, compareRank)
	return slices.Concat(naming, implying, l.every)
}

// varying are the headers that decide among the entries.
func (l *leaf) varying() []string {
	var names []string
	if l.media {
		names = append(names, "Accept")
	}
	if l.header {
		names = append(names, versionKey)
	}
	for _, e := range l.entries {
		for _, c := range e.conditions {
			if !c.query {
				names = append(names, c.name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// of are the entries for a method, in order.
func (l *leaf) of(method string) []*entry {
	for i := range l.methods {
		if l.methods[i].method == method {
			return l.methods[i].entries
		}
	}
	return l.every
}

// named is the version that a request names, by the means that count here.
func (l *leaf) named(h http.Header) version {
	if l.header {
		if name, ok := inHeader(h); ok {
			return version{by: Header, name: name}
		}
	}
	if l.media {
		return mostWanted(h["Accept"], l.serves)
	}
	return version{by: Default}
}

// serves reports whether there is a rule of a version.
func (l *leaf) serves(named version) bool {
	return slices.ContainsFunc(l.entries, func(e *entry) bool { return e.version != "" && e.takes(named) })
}

// methodsOf are the methods that entries name, and HEAD where they name GET, in alphabetical order.
func methodsOf(entries []*entry) []string {
	var methods []string
	for _, e := range entries {
		methods = append(methods, e.methods...)
	}
	if slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

// union is both lists in one. It shares what it can.
func union(a, b []string) []string {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
