package passthrough

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/concierge-gateway/concierge/passthrough/routing"
)

// path is the path of a request at a service. It has the parameters of the route, and the caller's id.
type path struct {
	text  string
	parts []routing.Template // between them stands the caller's id
}

// ownID stands in a path for the caller's id.
const ownID = "{identity.id}"

func parsePath(text string, pattern routing.Pattern) (path, error) {
	if !strings.HasPrefix(text, "/") {
		return path{}, errors.New("must begin with /")
	}
	p := path{text: text}
	pieces := strings.Split(text, "/"+ownID)
	for i, piece := range pieces {
		if i > 0 && piece != "" && piece[0] != '/' {
			return path{}, errors.New(ownID + " must be a whole segment")
		}
		var t routing.Template
		if piece != "" { // which is what stands before an id at the beginning, and after one at the end
			var err error
			if t, err = routing.ParseTemplate(piece, pattern); err != nil {
				return path{}, err
			}
		}
		p.parts = append(p.parts, t)
	}
	return p, nil
}

// append writes the path, escaped. ok is false where it has the id of a caller who is nobody, or whose id would lead somewhere
// else: dots are no segment, escaped or not (RFC 3986, section 5.2.4).
func (p *path) append(into []byte, c *caller) (text []byte, ok bool) {
	for i := range p.parts {
		if i > 0 {
			if id := c.principal.ID; id == "" || id == "." || id == ".." {
				return into, false
			}
			into = append(into, '/')
			into = append(into, url.PathEscape(c.principal.ID)...)
		}
		into = p.parts[i].Append(into, c.params)
	}
	return into, true
}

// sameHost reports whether two base URLs lead to the same port of the same host, as far as that shows.
func sameHost(a, b string) bool {
	one, errOne := url.Parse(a)
	other, errOther := url.Parse(b)
	return errOne == nil && errOther == nil && hostOf(one) == hostOf(other)
}

// hostOf is a URL's host and port, however they are written.
func hostOf(u *url.URL) string {
	host, port := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), u.Port()
	if address, err := netip.ParseAddr(host); err == nil && address.Unmap().IsLoopback() {
		host = "localhost"
	}
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(host, port)
}
