package keys

// maxFound bounds how many keys a token is tried with: each costs a verification, and anybody can send tokens.
const maxFound = 8

// ring holds the keys that are known at one time. It never changes. A nil ring knows nothing.
type ring struct {
	all   []Key
	named bool // its keys go by names
	byID  map[string][]Key
}

// unnamed is a ring whose keys have no names: a token may call them what it likes.
func unnamed(keys []Key) *ring { return &ring{all: keys} }

func named(keys []Key) *ring {
	r := &ring{all: keys, named: true, byID: make(map[string][]Key, len(keys))}
	for _, key := range keys {
		if key.ID != "" {
			r.byID[key.ID] = append(r.byID[key.ID], key)
		}
	}
	return r
}

// knows reports whether it would say anything new if the keys were read again.
func (r *ring) knows(kid string) bool {
	if r == nil {
		return false
	}
	return !r.named || kid == "" || len(r.byID[kid]) > 0
}

// find returns the keys of a name, or all for a token that names none, as far as they fit.
func (r *ring) find(kid, algorithm string) []Key {
	keys := r.all
	if r.named && kid != "" {
		keys = r.byID[kid]
	}
	var found []Key
	for _, key := range keys {
		if len(found) < maxFound && key.fits(algorithm) {
			found = append(found, key)
		}
	}
	return found
}
