package demo

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"
)

// How much of a request's body a service reads, and for how long.
const (
	maxBody     = 1 << 20
	bodyTimeout = 15 * time.Second
)

// service is one of the four: what its endpoints share.
type service struct {
	name     string
	sockets  []*socket
	handler  http.Handler
	journal  *journal // nil where nothing is told
	faults   faults
	inFlight *gauge
}

func newService(name string, handler http.Handler) *service {
	return &service{name: name, handler: handler, inFlight: newGauge()}
}

// endpoint is one address of a service.
type endpoint struct {
	service *service
	number  int
	calls   *recorder
}

// ServeHTTP records the call before it counts it, so that whoever sees it in flight finds it among the calls.
func (e endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == eventsPath && e.service.journal != nil {
		e.serve(w, r, e.service.journal)
		return
	}
	body, err := readBody(w, r)
	if err != nil {
		writeFailure(w, err)
		return
	}
	e.calls.add(e, r, body)
	e.service.inFlight.enter()
	defer e.service.inFlight.leave()

	e.serve(w, r, e.service.handler)
}

// serve answers, or lets a fault happen.
func (e endpoint) serve(w http.ResponseWriter, r *http.Request, by http.Handler) {
	fault, ok := e.service.faults.take(e.number, r)
	if !ok {
		by.ServeHTTP(w, r)
		return
	}
	fault.serve(w, r, by)
}

// readBody reads all of a request's body before anything else is done with it: net/http notices that a client has gone only
// after that, and a hanging call must notice. The body has a deadline of its own, as http.Server.ReadTimeout would end hanging
// calls too.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == http.NoBody {
		return nil, nil
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTimeout)) // every connection of net/http has deadlines
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	_ = control.SetReadDeadline(time.Time{})
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &failure{Status: http.StatusRequestEntityTooLarge, Detail: "the body is larger than 1 MiB"}
	case err != nil:
		return nil, badRequest("the body ended early")
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return body, nil
}
