package rules

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// directives are what an answer says to caches. Times are unsaid where it does not say them.
type directives struct {
	noStore, noCache, private, public               bool
	mustRevalidate, proxyRevalidate, mustUnderstand bool
	// credited says that what was answered to credentials may be for others too (RFC 9111, 3.5).
	credited                                       bool
	maxAge, sharedMaxAge, staleWhile, staleIfError time.Duration

	// noCacheFields and privateFields are the fields that no-cache and private are about, where they are about some only.
	noCacheFields, privateFields []string
	// targeted says that a targeted field was read, which Expires does not count beside.
	targeted bool
}

// directivesOf reads what an answer says: by the first of the targeted fields that is valid and not empty (RFC 9213, 2.2), or
// else by Cache-Control.
func directivesOf(header http.Header, targets []string) directives {
	for _, name := range targets {
		lines := header[name]
		if len(lines) == 0 {
			continue
		}
		members, ok := dictionary(lines)
		if !ok || len(members) == 0 {
			continue
		}
		d := silent()
		d.targeted = true
		for _, member := range members {
			d.take(member)
		}
		d.widen(targets)
		return d
	}
	d := silent()
	for _, line := range header["Cache-Control"] {
		if !scan(line, d.take) {
			d.noStore = true // nobody can tell what it says
		}
	}
	if len(header["Cache-Control"]) == 0 && hasElement(header["Pragma"], "no-cache") {
		d.noCache = true // what services of old meant by it
	}
	d.widen(targets)
	return d
}

func silent() directives {
	return directives{maxAge: unsaid, sharedMaxAge: unsaid, staleWhile: unsaid, staleIfError: unsaid}
}

// take adds a directive. What forbids something counts whatever its argument is, and what allows something only as it is defined.
func (d *directives) take(said directive) {
	switch said.name {
	case "no-store":
		d.noStore = true
	case "no-cache":
		takeFields(&d.noCache, &d.noCacheFields, said)
	case "private":
		takeFields(&d.private, &d.privateFields, said)
	case "public":
		d.public = d.public || said.shape == bare
		d.credited = d.credited || said.shape == bare
	case "must-revalidate":
		d.mustRevalidate = true
		d.credited = d.credited || said.shape == bare
	case "proxy-revalidate":
		d.proxyRevalidate = true
	case "must-understand":
		d.mustUnderstand = true
	default:
		d.takeTime(said)
	}
}

func (d *directives) takeTime(said directive) {
	switch said.name {
	case "max-age":
		takeTime(&d.maxAge, said)
	case "s-maxage":
		takeTime(&d.sharedMaxAge, said)
		_, valid := secondsOf(said.text)
		d.credited = d.credited || valid
	case "stale-while-revalidate":
		takeTime(&d.staleWhile, said)
	case "stale-if-error":
		takeTime(&d.staleIfError, said)
	}
}

// takeTime takes the shortest of what is said. What cannot be read is no time at all (RFC 9111, 4.2.1).
func takeTime(to *time.Duration, said directive) {
	d := time.Duration(0)
	if n, ok := secondsOf(said.text); ok {
		d = n
	}
	if *to == unsaid || d < *to {
		*to = d
	}
}

// takeFields reads a directive that is about the whole answer, or about fields of it if it names some in a quoted string.
func takeFields(whole *bool, fields *[]string, said directive) {
	names, ok := []string(nil), said.shape == quoted
	elements([]string{said.text}, func(name string) bool {
		ok = ok && isToken(name)
		names = append(names, http.CanonicalHeaderKey(name))
		return ok
	})
	if !ok || len(names) == 0 {
		*whole = true
		return
	}
	*fields = append(*fields, names...)
}

// widen lets a directive that names a field which the answer would not be the same without be about the whole of it.
func (d *directives) widen(targets []string) {
	needed := func(name string) bool { return forCaches(name, targets) }
	d.noCache = d.noCache || slices.ContainsFunc(d.noCacheFields, needed)
	d.private = d.private || slices.ContainsFunc(d.privateFields, needed)
}

// withheld reports whether a field is not to be kept because of a directive that names it.
func (d *directives) withheld(name string, s Settings) bool {
	return slices.Contains(d.noCacheFields, name) || !s.Private && slices.Contains(d.privateFields, name)
}

// hasElement reports whether a list has an element, in whichever case.
func hasElement(lines []string, wanted string) (found bool) {
	elements(lines, func(element string) bool {
		found = strings.EqualFold(element, wanted)
		return !found
	})
	return found
}
