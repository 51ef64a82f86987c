package passthrough

import (
	"net/http"
	"slices"

	"github.com/concierge-gateway/concierge/passthrough/proxy"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
)

// ready is what a route gives everybody of one answer that is kept.
type ready struct {
	*proxy.Ready

	shown []int // the records of each type, by their places
	size  int   // in memory, in bytes
}

// Size is how much memory it takes, in bytes.
func (r *ready) Size() int { return r.size }

// givesSame reports whether a route gives everybody the same of an answer: no rule asks who that is, no limit counts what is
// shown, and nothing of a request becomes a part of the answer.
func (h *handler) givesSame() bool {
	return !h.decides && len(h.limited) == 0 && h.outHeader.none() &&
		!slices.ContainsFunc(h.showsAdded, func(m member) bool { return m.constant == nil })
}

// give gives a client an answer that is kept. What everybody is given of it is kept beside it, and need not be made again.
func (h *handler) give(w http.ResponseWriter, r *http.Request, c *caller, kept *cache.Kept) error {
	same := h.same && kept.Status() == http.StatusOK && r.Method == http.MethodGet && !wantsLess(r.Header)
	if made, ok := kept.Made(h.maker).(*ready); ok && same {
		return h.giveAgain(w, r, kept, made)
	}
	res := kept.Answer() //nolint:bodyclose // it is here already, and answer closes it
	proxy.ForgetLimits(res.Header)
	others := res.Header["Cache-Status"]
	kept.Report(res.Header)
	if !same {
		return h.answer(w, r, c, res)
	}
	sent := &copying{ResponseWriter: w, longer: h.Raw} // what is handed on as it is, is kept already
	if err := h.answer(sent, r, c, res); err != nil {
		return err
	}
	delete(res.Header, "Age") // which the next client is told anew
	res.Header["Cache-Status"] = others
	if made := h.readyOf(c, kept, res.Header, sent); made != nil {
		kept.Keep(h.maker, made)
	}
	return nil
}

// giveAgain gives a client what another one was given.
func (h *handler) giveAgain(w http.ResponseWriter, r *http.Request, kept *cache.Kept, made *ready) error {
	if h.Raw {
		plainAnswer(w)
	}
	header := w.Header()
	made.Head(header)
	kept.Tell(header)
	h.tell(r.Context(), made.shown)
	return h.relayed(r.Context(), made.Send(w))
}

// readyOf is what was sent to a client, nil where it is not to be kept: what was rewritten is, as far as it goes in one piece.
func (h *handler) readyOf(c *caller, kept *cache.Kept, header http.Header, sent *copying) *ready {
	if h.Raw {
		made := proxy.NewReady(header, kept.Text())
		return &ready{Ready: made, size: made.Size()}
	}
	if sent.longer {
		return nil
	}
	made := proxy.NewReady(header, sent.text)
	return &ready{Ready: made, shown: c.shown, size: made.Size() + cap(sent.text)}
}

// longestCopied is how much of what is sent is kept at most, in bytes. A longer answer that is rewritten goes in chunks.
const longestCopied = 32 << 10

// copying keeps what is sent to a client, unless that is longer than is kept.
type copying struct {
	http.ResponseWriter

	text   []byte
	longer bool
}

// Write implements io.Writer.
func (c *copying) Write(text []byte) (int, error) {
	if c.longer = c.longer || len(c.text)+len(text) > longestCopied; !c.longer {
		c.text = append(c.text, text...)
	}
	return c.ResponseWriter.Write(text) //nolint:wrapcheck // it is the writer's own
}

// Unwrap is for http.ResponseController.
func (c *copying) Unwrap() http.ResponseWriter { return c.ResponseWriter }
