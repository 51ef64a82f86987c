package cache

import (
	"net/http"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// arrival is what came of asking.
type arrival struct {
	// res is the service's answer as it came, which is for whoever asked alone. It is nil where v is what to answer with.
	res *http.Response
	// v is what others may be answered with, nil where nobody but who asked may.
	v *variant
	// lent are the settings to make v's header its own by, as long as that is the one of res: most answers nobody else wants.
	lent *rules.Settings
	// how v came to be.
	how origin
	// stored says that v was kept.
	stored bool
	// fallback says that something else answered in the service's place.
	fallback bool
	// alone says that v is for nobody but who asked.
	alone bool
	// broken is why all of an answer did not come whose header did.
	broken error
}

// own gives v a header of its own, which whoever gets res does not change.
func (a *arrival) own() {
	if a != nil && a.lent != nil {
		a.v.answer, a.lent = a.v.answer.Kept(*a.lent), nil
	}
}

// streams reports whether an answer is still coming.
func (a *arrival) streams() bool { return a != nil && a.res != nil && !attempt.Taken(a.res) }

// sharable reports whether others may be given the answer.
func (a *arrival) sharable() bool { return a.v != nil && !a.alone }

// origin is where an answer comes from.
type origin int

const (
	asked     origin = iota // from the service
	validated               // from memory, and the service says that it is still good
	found                   // from another instance
	outdated                // the same, and is to be asked for anew
)

// failing reports whether an answer is one that an older one is better than.
func (a *arrival) failing() bool {
	if a.fallback || a.broken != nil {
		return true
	}
	status := 0
	if a.res != nil {
		status = a.res.StatusCode
	} else if a.v != nil {
		status = a.v.answer.Status
	}
	return rules.Failed(status)
}
