package passthrough

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/idempotency"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/passthrough/proxy"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/pressure"
	"github.com/concierge-gateway/concierge/problem"
)

// outgoing makes the request that a service gets.
func (h *handler) outgoing(r *http.Request, c *caller, to *target) (*http.Request, error) {
	out, err := proxy.Outgoing(r, proxy.Options{
		Upgrade: h.Raw, Stream: h.Raw, Detours: h.Raw, Reads: !h.Raw, Forward: h.Forward, MaxBody: h.maxBody,
	})
	if err != nil {
		return nil, err
	}
	if err := h.address(out.URL, r, c, to); err != nil {
		return nil, err
	}
	if client, ok := forwarded.From(r.Context()); ok {
		client.Rebuild(out.Header)
	}
	correlation.Propagate(r.Context(), out.Header)
	if err := identity.Propagate(r.Context(), out.Header, h.told[to.service]); err != nil {
		return nil, err
	}
	if err := setKey(out, r, c.principal); err != nil {
		return nil, err
	}
	if err := h.inHeader.header(out.Header, c); err != nil {
		return nil, err
	}
	if h.Raw {
		return out, nil
	}
	return out, h.fill(out, r, c)
}

// address makes a URL lead to where at the service a request goes.
func (h *handler) address(u *url.URL, r *http.Request, c *caller, to *target) error {
	var room [128]byte
	escaped, ok := to.path.append(room[:0], c)
	if !ok {
		return problem.New(problem.Unauthenticated, "")
	}
	text := string(escaped)
	*u = url.URL{Scheme: "http", Host: to.service, Path: text, RawQuery: h.inQuery.query(r.URL.RawQuery, c)}
	if strings.ContainsAny(text, "%!'()*") { // the last of which net/url would encode
		plain, err := url.PathUnescape(text)
		if err != nil {
			return problem.Wrap(problem.BadInput, err, "the path cannot be read")
		}
		u.Path, u.RawPath = plain, text
	}
	return nil
}

// setKey names a write as the gateway names those of GraphQL: by a key that is the caller's own, so that nobody gets the answer
// to somebody else's write by guessing a key.
func setKey(out, r *http.Request, principal auth.Principal) error {
	ctx, err := idempotency.Begin(r, principal.ID)
	if err != nil {
		return err
	}
	delete(out.Header, idempotency.Header)
	if key := idempotency.Next(ctx, out.Method, out.URL.Path); key != "" {
		out.Header.Set(idempotency.Header, key)
	}
	return nil
}

// fill gives a request to a service a body of which nothing is unknown, and asks for an answer that can be read.
func (h *handler) fill(out, r *http.Request, c *caller) error {
	header := out.Header
	header["Accept-Encoding"] = h.encoding // what is filtered has to be read
	delete(header, "Range")                // a part of a text that is changed is a part of nothing
	delete(header, "If-Range")
	if isConditional(header) {
		h.markFor(c).take(header)
	}
	if reads(r.Method) {
		h.askOpenly(out, c)
	}
	if err := h.mayWrite(r.Context(), c, nil, false); err != nil {
		return err
	}
	body, err := h.body(r, c)
	if err != nil {
		return err
	}
	if err := h.mayWrite(r.Context(), c, body, true); err != nil {
		return err
	}
	proxy.SetBody(out, body)
	delete(header, "Content-Length") // net/http writes it, and not always
	if len(body) == 0 {
		delete(header, "Content-Type")
	} else {
		header["Content-Type"] = []string{"application/json"}
	}
	return h.check(out, c, body)
}

// askOpenly makes a request one whose answer tells nothing before the record was seen. Where that says whether the caller gets to
// know of it, the answer to a HEAD or to a condition would tell that there is one; where it says what of it the caller sees, the
// answer to a condition on a time would tell when it changed.
func (h *handler) askOpenly(out *http.Request, c *caller) {
	if c.asks && out.Method == http.MethodHead {
		out.Method = http.MethodGet
	}
	if c.asks {
		delete(out.Header, "If-Match")
		delete(out.Header, "If-None-Match")
	}
	if !h.seesAll(c) {
		delete(out.Header, "If-Modified-Since")
		delete(out.Header, "If-Unmodified-Since")
	}
}

// check holds a request against the service's contract, where the route wants that.
func (h *handler) check(out *http.Request, c *caller, body []byte) error {
	if h.expects == nil {
		return nil
	}
	err := h.expects.Check(out, c.param, body)
	if known, ok := errors.AsType[*problem.Error](err); ok {
		for i := range known.Faults {
			known.Faults[i].Field = h.nameOf(known.Faults[i].Field)
		}
	}
	return err
}

// body is what of a request's body goes to the service. It is read to its end before anything is sent: it is refused whole, or
// goes whole, and can be sent again.
func (h *handler) body(r *http.Request, c *caller) ([]byte, error) {
	sent, err := sentBy(r)
	if err != nil {
		return nil, middleware.BodyError(err)
	}
	values, err := membersFor(c, h.takesAdded)
	switch {
	case err != nil:
		return nil, err
	case reads(r.Method) && len(sent) > 0:
		return nil, problem.New(problem.BadInput, "a "+r.Method+" request has no body here")
	case reads(r.Method) || len(sent) == 0 && len(values) == 0:
		return nil, nil
	case len(sent) == 0:
		sent = []byte("{}")
	case !isJSON(r.Header.Get("Content-Type")) || r.Header.Get("Content-Encoding") != "":
		return nil, problem.New(problem.UnsupportedMediaType, "the request body is JSON in UTF-8, and not compressed")
	case !isObject(sent):
		return nil, problem.New(problem.BadInput, "the request body is a JSON object")
	}
	taken, err := h.takes.Append(nil, sent, reshape.With{Values: values})
	if err != nil {
		return nil, bodyProblem(err)
	}
	return taken, nil
}

// heldEach is what a byte that is held takes of memory: itself, and what it is rewritten to.
const heldEach = 3

// sentBy is all of a request's body.
func sentBy(r *http.Request) ([]byte, error) {
	if r.ContentLength == 0 {
		return nil, nil // reading nothing takes memory, too
	}
	return io.ReadAll(pressure.Reader(r.Context(), r.Body, heldEach))
}

// isObject tells what begins as an object from lists and bare values, of which no member could be refused.
func isObject(text []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{"))
}

// bodyProblem is what is wrong with a body that does not pass.
func bodyProblem(err error) error {
	if unknown, ok := errors.AsType[*reshape.UnknownMember](err); ok {
		return &problem.Error{
			Kind: problem.BadInput, Message: "the request body holds what is not taken here",
			Faults: plain(problem.Fault{Field: fieldOf(unknown.Pointer), Code: codeOf(unknown)}),
		}
	}
	return problem.Wrap(problem.BadInput, err, "the request body is not JSON in which each member stands once")
}

// fieldOf is a place in a body as faults name it: items[0].name for /items/0/name.
func fieldOf(pointer string) string {
	var field strings.Builder
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch _, err := strconv.ParseUint(token, 10, 32); {
		case err == nil:
			field.WriteString("[" + token + "]")
		case field.Len() > 0:
			field.WriteString("." + token)
		default:
			field.WriteString(token)
		}
	}
	return field.String()
}

func codeOf(unknown *reshape.UnknownMember) string {
	if unknown.Misplaced {
		return "INVALID"
	}
	return "UNKNOWN_MEMBER"
}

// plain leaves out a fault whose name may hold anything.
func plain(fault problem.Fault) []problem.Fault {
	if !fault.Plain() {
		return nil
	}
	return []problem.Fault{fault}
}

// isJSON reports whether a media type is JSON in UTF-8. No type is taken for it: clients that are older than the gateway may send
// none.
func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	media, params, err := mime.ParseMediaType(contentType)
	charset := params["charset"]
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json")) &&
		(charset == "" || strings.EqualFold(charset, "utf-8"))
}
