// Package webhook answers what services say of events by signed messages.
//
// A message is one event (events.Decode), and its name (Webhook-Id) is the event's. One that was heard before, or that the
// service's feed has too, is told once.
package webhook

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/concierge-gateway/concierge/events"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/signed"
)

// Source is a service that may send messages.
type Source struct {
	// Service is its name.
	Service string
	// Kinds are that of its records, and then those of the records that they belong to.
	Kinds []string
}

// DefaultConfig has no senders.
func DefaultConfig() signed.Config { return signed.Config{Path: "/events"} }

// Handler takes messages.
type Handler struct {
	senders *signed.Senders
	sources []Source
	hub     *events.Hub
	log     *slog.Logger
}

// New returns a handler for the path of the settings. It fails where a secret cannot be read.
func New(config signed.Config, sources []Source, hub *events.Hub, log *slog.Logger) (*Handler, error) {
	senders, err := signed.New(config)
	if err != nil {
		return nil, err
	}
	return &Handler{senders: senders, sources: sources, hub: hub, log: log}, nil
}

// ServeHTTP tells the hub what a sender says. When it answers, this instance has told its subscriptions.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	message, err := h.senders.Read(w, r)
	if err != nil {
		problem.Write(w, err)
		return
	}
	e, err := h.read(message)
	if err != nil {
		h.log.WarnContext(r.Context(), "a signed message says no event", "sender", message.Sender.Name, "error", err)
		problem.Write(w, err)
		return
	}
	h.hub.Publish(e)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}

// read finds out which service the event is of: that of the kind with which its type begins. A sender may tell of its own
// services alone.
func (h *Handler) read(message signed.Message) (events.Event, error) {
	var said struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(message.Body, &said); err != nil {
		return events.Event{}, problem.Wrap(problem.BadInput, err, "the body must be a JSON object that says an event")
	}
	kind, _, _ := strings.Cut(said.Type, ".")
	i := slices.IndexFunc(h.sources, func(s Source) bool { return s.Kinds[0] == kind })
	switch {
	case i < 0:
		return events.Event{}, problem.New(problem.BadInput, "there is no such kind of events")
	case !slices.Contains(message.Sender.Upstreams, h.sources[i].Service):
		return events.Event{}, problem.New(problem.Forbidden, "a sender may tell of events of its own services, and of nothing else")
	}
	e, err := events.Decode(h.sources[i].Service, h.sources[i].Kinds, message.ID, message.Body)
	if err != nil {
		h.hub.Malformed(h.sources[i].Service, events.ByWebhook)
		return events.Event{}, problem.Wrap(problem.BadInput, err, err.Error())
	}
	return e, nil
}
