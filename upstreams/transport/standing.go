package transport

import "net/http"

// Standing is the way for an answer that is read for as long as there is a service, such as a stream of events. It goes to an
// endpoint as any attempt does, and is no call: it is not counted as one, takes no room from any, is not repeated, and nothing of
// it is kept. How long it may take is for the caller to say.
func (t *Transport) Standing() http.RoundTripper { return &propagator{next: t.service.endpoints.pool} }
