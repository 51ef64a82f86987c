package passthrough

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/concierge-gateway/concierge/listening/prepared"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/passthrough/proxy"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/problem"
)

// answer sends a service's answer to the client. An error is one of which nothing was sent yet.
func (h *handler) answer(w http.ResponseWriter, r *http.Request, c *caller, res *http.Response) error {
	if c.asks && reads(r.Method) {
		leaveOutFields(res.Header)
	}
	if err := h.outHeader.header(res.Header, c); err != nil {
		return err
	}
	switch {
	case h.Raw && res.StatusCode == http.StatusSwitchingProtocols:
		return h.tunnel(w, r, res)
	case h.Raw:
		plainAnswer(w)
		return h.relayed(r.Context(), proxy.Relay(w, r, res, nil))
	case res.StatusCode >= http.StatusBadRequest:
		return h.refused(w, res, c)
	case c.asks && reads(r.Method) && !holdsRecord(res):
		return h.unseen(r.Context())
	default:
		return h.shown(w, r, c, res)
	}
}

// shown sends what the caller may see of an answer.
func (h *handler) shown(w http.ResponseWriter, r *http.Request, c *caller, res *http.Response) error {
	if res.Header["Etag"] != nil {
		h.markFor(c).give(res.Header)
	}
	h.keepPrivate(res.Header)
	h.keepQuiet(c, res.Header)
	held := h.validatorsOf(c, res)
	switch {
	case res.StatusCode >= http.StatusMultipleChoices:
		leaveOutBody(res)
		fallthrough
	case !hasBody(r, res):
		return h.bodiless(w, r, c, res, held)
	}
	if err := readable(res); err != nil {
		return h.unusable(r.Context(), "not_json", err)
	}
	if c.counted = h.count(r); c.counted != nil {
		defer c.counted.close(r.Context())
		forbidStoring(res.Header)
	}
	return h.hidden(w, r, h.relayed(r.Context(), proxy.Relay(w, r, res, func(dst io.Writer, src io.Reader) error {
		err := h.filter(r.Context(), c, dst, src)
		if err == nil {
			h.settle(c, held, res.Header)
		}
		return err
	}, h.late()...)))
}

// late are the header fields that are known only when all of an answer is.
func (h *handler) late() []string {
	if len(h.limited) == 0 {
		return nil
	}
	return []string{proxy.LimitedHeader}
}

// holdsRecord reports whether a service answers with something that may say whose it is.
func holdsRecord(res *http.Response) bool {
	return res.StatusCode < http.StatusMultipleChoices && res.StatusCode != http.StatusNoContent && res.ContentLength != 0
}

// unseen is what is answered where there may be a record, and nothing says whose it is.
func (h *handler) unseen(ctx context.Context) error {
	_ = h.unusable(ctx, "no_record", errors.New("it does not have the record, which would say to whom it may be shown"))
	return problem.New(problem.NotFound, "")
}

// bodiless sends an answer without a body. Where the record says whether the caller gets to know of it, it was asked for, and is
// read first.
func (h *handler) bodiless(
	w http.ResponseWriter, r *http.Request, c *caller, res *http.Response, held validators,
) error {
	if c.asks && r.Method == http.MethodHead {
		if err := readable(res); err != nil {
			return h.unusable(r.Context(), "not_json", err)
		}
		if err := h.filter(r.Context(), c, io.Discard, res.Body); err != nil {
			return h.hidden(w, r, h.relayed(r.Context(), err))
		}
		if h.sawAll(c) {
			held.giveBack(res.Header)
		}
	}
	forgetBody(res)
	return h.relayed(r.Context(), proxy.Relay(w, r, res, nil))
}

// hidden is what is answered in the place of a record that the caller may not know of: that there is none, or, where the caller
// has written it, that this was done.
func (h *handler) hidden(w http.ResponseWriter, r *http.Request, err error) error {
	switch {
	case !errors.Is(err, reshape.ErrRefused):
		return err
	case reads(r.Method):
		return problem.New(problem.NotFound, "")
	default:
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// tunnel lets a connection become a WebSocket, for as long as the door is open.
func (h *handler) tunnel(w http.ResponseWriter, r *http.Request, res *http.Response) error {
	within, done, ok := h.tunnels.open(r.Context())
	if !ok {
		return problem.New(problem.Unavailable, "the gateway is shutting down")
	}
	defer done()
	plainAnswer(w)
	return h.relayed(r.Context(), proxy.Relay(w, r.WithContext(within), res, nil))
}

// versionField is routing.VersionHeader as http.Header keeps it.
const versionField = "Api-Version"

// plainAnswer takes back what the gateway tells browsers about its own answers: a raw route's are the service's.
func plainAnswer(w http.ResponseWriter) {
	prepared.Withdraw(w,
		"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy",
		"Cross-Origin-Resource-Policy", "Cross-Origin-Opener-Policy")
}

// refused is a service's error: its status, and nothing of its text but which members are at fault. That there is no record is
// said in the words in which it is said of one that is somebody else's.
func (h *handler) refused(w http.ResponseWriter, res *http.Response, c *caller) error {
	if c.asks && res.StatusCode == http.StatusNotFound {
		return problem.New(problem.NotFound, "")
	}
	for _, name := range []string{"Retry-After", "Allow", "Www-Authenticate"} {
		if values := res.Header.Values(name); len(values) > 0 {
			w.Header()[name] = values
		}
	}
	return refusal(res, h.nameOf)
}

// nameOf is the client's name of a member that the service complains about, or that stands within one that has another name.
func (h *handler) nameOf(field string) string {
	path := strings.ReplaceAll(field, ".", "/")
	for end := len(path); end > 0; end = strings.LastIndexByte(path[:end], '/') {
		if name, ok := h.names[path[:end]]; ok {
			return strings.ReplaceAll(name+path[end:], "/", ".")
		}
	}
	return field
}

// hasBody reports whether there is anything to filter.
func hasBody(r *http.Request, res *http.Response) bool {
	switch {
	case r.Method == http.MethodHead || res.ContentLength == 0:
		return false
	case res.StatusCode == http.StatusNoContent || res.StatusCode == http.StatusNotModified:
		return false
	default:
		return true
	}
}

// leaveOutBody keeps what leads elsewhere in the header. What a service says beside it is a page for people.
func leaveOutBody(res *http.Response) {
	if res.StatusCode == http.StatusNotModified {
		return // which has none, and says how long it would be
	}
	_ = res.Body.Close() // nobody reads it
	res.Body = http.NoBody
	for _, name := range [...]string{"Content-Type", "Content-Encoding", "Content-Length"} {
		delete(res.Header, name)
	}
	res.ContentLength = 0
}

// forgetBody leaves out what an answer says of a body that, if it came, would be another: how long it is, and sums of it, by
// which what is withheld could be guessed.
func forgetBody(res *http.Response) {
	for _, name := range [...]string{"Content-Md5", "Digest", "Content-Digest", "Repr-Digest", "Accept-Ranges"} {
		delete(res.Header, name)
	}
	if res.ContentLength > 0 {
		res.ContentLength = -1
		res.Header.Del("Content-Length")
	}
}

// readable makes an answer one whose JSON can be read as it comes.
func readable(res *http.Response) error {
	media := mediaOf(res.Header)
	if media != "application/json" && !strings.HasSuffix(media, "+json") {
		return errors.New("its media type is not JSON")
	}
	if res.StatusCode == http.StatusPartialContent {
		return errors.New("it is a part, which nobody asked for")
	}
	switch encoding := res.Header.Get("Content-Encoding"); strings.ToLower(encoding) {
	case "", "identity":
		return nil
	case "gzip":
		return unzip(res)
	default:
		return errors.New("it is compressed, which nobody asked for")
	}
}

// mediaOf is the media type of an answer, empty where it says none that can be read.
func mediaOf(header http.Header) string {
	contentType := header.Get("Content-Type")
	if contentType == "application/json" { // as it mostly is
		return contentType
	}
	media, _, _ := mime.ParseMediaType(contentType)
	return media
}

// unzip is for services that compress whatever they are asked.
func unzip(res *http.Response) error {
	reader, err := gzip.NewReader(res.Body)
	if err != nil {
		return err
	}
	res.Body = &unzipped{Reader: reader, body: res.Body}
	res.ContentLength = -1
	res.Header.Del("Content-Encoding")
	res.Header.Del("Content-Length")
	return nil
}

// unzipped is a body that closes what it is read from.
type unzipped struct {
	*gzip.Reader

	body io.Closer
}

// Close closes the compressed body.
func (u *unzipped) Close() error { return errors.Join(u.Reader.Close(), u.body.Close()) }

// relayed is what is left to answer after an answer was sent, or was not. One that was begun and did not come to its end is given
// up, so that nobody takes it for a whole one.
func (h *handler) relayed(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, reshape.ErrRefused) {
		return err
	}
	reason, known := "broke_off", problem.From(err)
	if _, invalid := errors.AsType[*reshape.Invalid](err); invalid {
		reason = "invalid_json"
	}
	if errors.Is(err, reshape.ErrTooLarge) {
		reason = "too_large"
	}
	if _, unknown := errors.AsType[*ownerlessError](err); unknown {
		reason = "owner_unknown"
	}
	if known.Kind != problem.Cancelled {
		err = h.unusable(ctx, reason, err)
	}
	if cut, ok := errors.AsType[*proxy.Error](err); ok && cut.Sent {
		middleware.RecordFrom(ctx).Fail(known.Kind)
		panic(http.ErrAbortHandler)
	}
	return err
}

// unusable counts and logs an answer that looked like a success.
func (h *handler) unusable(ctx context.Context, reason string, err error) error {
	h.metrics.unusable.WithLabelValues(reason).Inc()
	h.log.LogAttrs(ctx, slog.LevelWarn, "upstream answer unusable",
		slog.String("service", h.Upstream), slog.String("route", h.name), slog.String("error", err.Error()))
	if problem.KindOf(err) == problem.Internal {
		return problem.Wrap(problem.UpstreamError, err, "")
	}
	return err
}
