// Package webhook answers which services may tell that something of theirs has changed.
//
// What they send is signed (package signed). A message that comes again is taken again: to purge twice what is purged costs no
// more than asking for it once more.
package webhook

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/signed"
)

// Handler takes what senders tell.
type Handler struct {
	senders *signed.Senders
	purges  *purge.Log
	names   purge.Names
	log     *slog.Logger
}

// New returns a handler for the path of the settings. It fails where a secret cannot be read.
func New(config Config, purges *purge.Log, names purge.Names, log *slog.Logger) (*Handler, error) {
	senders, err := signed.New(config)
	if err != nil {
		return nil, err
	}
	return &Handler{senders: senders, purges: purges, names: names, log: log}, nil
}

// ServeHTTP purges what a sender says has changed.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	message, err := h.senders.Read(w, r)
	if err != nil {
		problem.Write(w, err)
		return
	}
	asked, err := h.read(message)
	if err != nil {
		problem.Write(w, err)
		return
	}
	h.purges.PurgeAsked(r.Context(), purge.ByWebhook, asked, h.log, slog.String("sender", message.Sender.Name))
	purge.Answer(w, len(asked))
}

// read finds out what is to be purged. A sender may purge of its own services alone, and never of all.
func (h *Handler) read(message signed.Message) ([]purge.Asked, error) {
	asked, err := h.names.Read(message.Body)
	if err != nil {
		return nil, err
	}
	for _, each := range asked {
		if !slices.Contains(message.Sender.Upstreams, each.Service) || each.All {
			return nil, problem.New(problem.Forbidden, "a sender may purge what its own services have answered, and nothing else")
		}
	}
	return asked, nil
}
