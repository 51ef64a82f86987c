package balancer

import "time"

// warmth is how far an endpoint that is new, or came back, has got. Its caches are empty and its connections still to be made,
// so its share of the calls grows from a tenth to all, evenly. The zero warmth is that of an endpoint with all of its share.
type warmth struct {
	began time.Duration // on the pool's clock
	takes time.Duration
}

// coldest is the part of its share that an endpoint has at first: with nothing at all, it would never be found to be well.
const coldest = 0.1

// share is the part of its share that an endpoint has now: from a tenth to 1.
func (w warmth) share(now time.Duration) float64 {
	if w.takes == 0 || now >= w.began+w.takes {
		return 1
	}
	passed := float64(now-w.began) / float64(w.takes)
	return coldest + (1-coldest)*max(passed, 0)
}
