package changes

import (
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// maxLevels bounds how many paths lie above one. A deeper path is no service's own idea.
const maxLevels = 32

// addPaths takes a path and those above it: as it is, and as it is when nothing in it leads elsewhere.
func (c *changed) addPaths(service, of string) {
	at := cleaned(of)
	if strings.Count(at, "/") > maxLevels {
		c.all(service)
		return
	}
	c.add(service, purge.Path(service, of))
	for ; at != "/"; at = path.Dir(at) {
		c.add(service, purge.Path(service, at))
	}
	c.add(service, purge.Path(service, at))
}

// addReferences takes the paths that an answer names as those of what was changed, as RFC 9111, section 4.4, lets a cache do.
func (c *changed) addReferences(service string, w *Write) {
	if w.Status < http.StatusOK || w.Status >= http.StatusBadRequest {
		return
	}
	for _, name := range [...]string{"Location", "Content-Location"} {
		if at, ok := sameOrigin(w.URL, w.Header.Get(name)); ok {
			c.addPaths(service, at)
		}
	}
}

// sameOrigin is the path of a reference that leads to where the request went.
func sameOrigin(base *url.URL, reference string) (at string, ok bool) {
	to, err := url.Parse(reference)
	if reference == "" || err != nil {
		return "", false
	}
	to = base.ResolveReference(to)
	if to.Opaque != "" || !strings.EqualFold(to.Scheme, base.Scheme) || !strings.EqualFold(to.Host, base.Host) {
		return "", false
	}
	return to.Path, true
}

func cleaned(of string) string { return path.Clean("/" + of) }

func recordPath(collection string, id int64) string {
	return strings.TrimSuffix(collection, "/") + "/" + strconv.FormatInt(id, 10)
}

// place is what a path says of the records that a write is about.
type place int

const (
	elsewhere place = iota // nothing
	among                  // that it is about the collection
	at                     // that it is about one record
	below                  // that it is about something of one record
)

// placeOf finds the record that a path leads to. What stands in the place of an id and is none, such as /orders/latest, or what
// only some take for one, such as /orders/07, leads nobody knows where.
func placeOf(collection, of string) (where place, id int64) {
	rest, ok := strings.CutPrefix(cleaned(of), strings.TrimSuffix(collection, "/"))
	if !ok || collection == "" {
		return elsewhere, 0
	}
	if rest == "" || rest == "/" {
		return among, 0
	}
	first, more, deeper := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	known, err := record.ParseID(first)
	switch {
	case err != nil || rest[0] != '/':
		return elsewhere, 0
	case deeper && more != "":
		return below, int64(known)
	default:
		return at, int64(known)
	}
}
