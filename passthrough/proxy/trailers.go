package proxy

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// announceTrailers says which trailers will come. A length cannot be given beside them in HTTP/1.
func (a *answer) announceTrailers() {
	later := a.late.toTrail(a.r)
	if len(a.res.Trailer)+len(later) == 0 || a.bodiless() {
		return
	}
	names := slices.Clone(later)
	for name := range a.res.Trailer {
		if trails(name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	slices.Sort(names)
	header := a.w.Header()
	header["Trailer"] = []string{strings.Join(names, ", ")}
	if a.r.ProtoMajor == 1 && a.r.ProtoMinor > 0 {
		header.Del("Content-Length")
	}
}

// sendTrailers puts the trailers where net/http looks for them: announced ones under their names, and others under names that are
// no header's.
func (a *answer) sendTrailers() error {
	if !a.hasTrailers() {
		return nil
	}
	if err := a.flush(); err != nil { // a short answer would go with its length otherwise, and without trailers
		return err
	}
	header := a.w.Header()
	announced := header["Trailer"]
	for name, values := range a.res.Trailer {
		switch {
		case !trails(name):
		case lists(announced, name):
			header[name] = values
		default:
			header[http.TrailerPrefix+name] = values
		}
	}
	maps.Copy(header, a.late.trail) // which is announced
	return nil
}

// hasTrailers reports whether there are trailers to be sent. They are known when the body has been read to its end.
func (a *answer) hasTrailers() bool {
	if len(a.res.Trailer) > 0 {
		removeNamed(a.res.Trailer, a.res.Header["Connection"])
	}
	for name := range a.res.Trailer {
		if trails(name) {
			return true
		}
	}
	return len(a.late.trail) > 0
}

// trails reports whether a field of a service's may stand in a trailer: neither for one hop nor about framing (RFC 9110, section
// 6.5.1), nor what the gateway alone says.
func trails(name string) bool {
	c, _ := classOf(name)
	return c != hop && c != te && c != framing && !tellsLimits(name)
}
