package transport

import "fmt"

// Awaited is what is not known yet of where the service is and how it is, a line each. A name that was looked up in vain is still
// awaited, because nothing can be sent there; an endpoint that is down is not, once that is known.
func (t *Transport) Awaited() []string {
	return append(t.service.awaited(), t.backup.awaited()...)
}

func (u *upstream) awaited() []string {
	if u == nil {
		return nil
	}
	var all []string
	for _, host := range u.endpoints.unfound() {
		all = append(all, host+" was not found yet")
	}
	if count := u.endpoints.pool.Awaited(); count > 0 {
		all = append(all, fmt.Sprintf("%d endpoints were not checked yet", count))
	}
	return all
}

// unfound are the host names that have no addresses yet.
func (e *endpoints) unfound() []string {
	var all []string
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, host := range e.names() {
		if _, found := e.found[host]; !found {
			all = append(all, host)
		}
	}
	return all
}
