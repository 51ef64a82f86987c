package answers

import (
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/answers/keeping"
	"github.com/concierge-gateway/concierge/purge"
)

// kept is an answer as it is kept. It is not changed.
type kept struct {
	body  []byte // {"data":…}
	data  []byte // the part of body
	tag   string // its entity tag
	cost  int64
	at    time.Time // when it was made
	fresh time.Time // until when it may be used
	stale time.Time // until when it may be used while it is asked for anew
	since purge.Position
	tags  []purge.Tag
}

// Around an answer's data.
const (
	before = `{"data":`
	after  = `}`
)

// newBody is an answer without errors, as encoding it makes it.
func newBody(data []byte) []byte {
	body := make([]byte, 0, len(before)+len(data)+len(after))
	body = append(body, before...)
	body = append(body, data...)
	return append(body, after...)
}

func dataOf(body []byte) []byte { return slices.Clip(body[len(before) : len(body)-len(after)]) }

// Size is how much memory it takes.
func (k *kept) Size() int { return cap(k.body) + 8*cap(k.tags) + len(k.tag) + 256 }

// terms are what is said of it.
func (k *kept) terms() keeping.Terms {
	return keeping.Terms{Fresh: k.fresh.Sub(k.at), StaleWhile: k.stale.Sub(k.fresh), Tag: k.tag, Everybody: true}
}
