// Package admission answers whether the gateway takes one more request.
//
// It counts the requests inside. The fuller the gateway is, the more a request must matter to be let in: overload turns away the
// lowest priority first, and leaves room for what must get through.
package admission

import (
	"sync/atomic"

	"github.com/concierge-gateway/concierge/priority"
)

// How full the gateway may get by each class, in percent. What is critical may fill it.
const (
	batchShare       = 80
	interactiveShare = 95
)

// rooms are how many requests may be inside for each class, one of that class included.
type rooms struct{ batch, interactive, critical int64 }

func roomsOf(maxConcurrency int) rooms {
	most := int64(maxConcurrency)
	return rooms{batch: most * batchShare / 100, interactive: most * interactiveShare / 100, critical: most}
}

func (r rooms) of(class priority.Class) int64 {
	switch class {
	case priority.Batch:
		return r.batch
	case priority.Critical:
		return r.critical
	default:
		return r.interactive
	}
}

// counter counts the requests inside.
type counter struct {
	rooms  rooms
	inside atomic.Int64
}

// enter counts a request where there is room for its class. One that is turned away is never counted, not for a moment: a crowd
// of them would take the room of those who matter more.
func (c *counter) enter(class priority.Class) bool {
	for {
		inside := c.inside.Load()
		if inside >= c.rooms.of(class) {
			return false
		}
		if c.inside.CompareAndSwap(inside, inside+1) {
			return true
		}
	}
}

// holds tells whether there is room for a request that is inside already, were it of that class.
func (c *counter) holds(class priority.Class) bool { return c.inside.Load() <= c.rooms.of(class) }

// leave ends what enter began.
func (c *counter) leave() { c.inside.Add(-1) }
