// Package webhook answers which services may tell that something of theirs has changed, and whether it is they who tell it.
//
// What they send is signed as Standard Webhooks has it (https://www.standardwebhooks.com). A message that comes again within
// the time that clocks may differ by is taken again: to purge twice what is purged costs no more than asking for it once more.
package webhook

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/purge"
)

// Handler takes what senders tell.
type Handler struct {
	keys   []key
	purges *purge.Log
	names  purge.Names
	log    *slog.Logger
}

// key is one secret of a sender.
type key struct {
	secret []byte
	sender *Sender
}

// New returns a handler for the path of the settings. It fails where a secret cannot be read.
func New(config Config, purges *purge.Log, names purge.Names, log *slog.Logger) (*Handler, error) {
	h := &Handler{purges: purges, names: names, log: log}
	for i := range config.Senders {
		sender := &config.Senders[i]
		for _, text := range sender.Secrets {
			secret, err := keyOf(text)
			if err != nil || len(secret) < leastSecret {
				return nil, fmt.Errorf("read the secrets of the sender %s: one is in no base64, or too short", sender.Name)
			}
			h.keys = append(h.keys, key{secret, sender})
		}
	}
	return h, nil
}

// ServeHTTP purges what a sender says has changed.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := purge.ReadBody(w, r)
	if err != nil {
		problem.Write(w, err)
		return
	}
	sender := h.sender(r.Header, body)
	if sender == nil { // whoever sends it is not told why
		w.Header().Set("WWW-Authenticate", "Webhook-Signature") // RFC 9110, section 15.5.2
		problem.Write(w, problem.New(problem.Unauthenticated, ""))
		return
	}
	asked, err := h.read(r, sender, body)
	if err != nil {
		problem.Write(w, err)
		return
	}
	h.purges.PurgeAsked(r.Context(), purge.ByWebhook, asked, h.log, slog.String("sender", sender.Name))
	purge.Answer(w, len(asked))
}

// sender is who has signed a message, nil if nobody has. All keys are tried, whichever fits.
func (h *Handler) sender(header http.Header, body []byte) (sender *Sender) {
	message, ok := readHeader(header)
	if !ok || !message.fresh(time.Now()) {
		return nil
	}
	for _, each := range h.keys {
		if message.by(each.secret, body) {
			sender = each.sender
		}
	}
	return sender
}

// read finds out what is to be purged. A sender may purge of its own services alone, and never of all.
func (h *Handler) read(r *http.Request, sender *Sender, body []byte) ([]purge.Asked, error) {
	if err := purge.CheckType(r); err != nil {
		return nil, err
	}
	asked, err := h.names.Read(body)
	if err != nil {
		return nil, err
	}
	for _, each := range asked {
		if !slices.Contains(sender.Upstreams, each.Service) || each.All {
			return nil, problem.New(problem.Forbidden, "a sender may purge what its own services have answered, and nothing else")
		}
	}
	return asked, nil
}
