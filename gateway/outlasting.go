package gateway

import (
	"context"
	"time"
)

// farewell is how long clients have to answer that a WebSocket is closed.
const farewell = 5 * time.Second

// outlast bounds how long WebSockets of the REST door go on by an edition that is no longer in force, and ends subscriptions that
// would hear of nothing more. Everything else ends by itself.
func (g *Gateway) outlast(e *edition) {
	timer := time.AfterFunc(g.current().config.Reload.Linger, func() {
		ctx, end := context.WithTimeout(context.Background(), farewell)
		defer end()
		e.rest.Leave(ctx)
		e.rest.Close()
	})
	e.afterwards = append(e.afterwards, func() { timer.Stop() })
	if left := e.happenings.hub; left != g.current().happenings.hub {
		left.Began() // nobody tells it of anything any more
	}
}
