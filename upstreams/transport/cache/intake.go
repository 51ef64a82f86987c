package cache

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// receive finds out what an answer is good for, and reads it where it is good for more than whoever asked.
func (q *question) receive(res *http.Response, before *variant, at span) (*arrival, error) {
	a := &arrival{res: res}
	answer, ok := sharable(q.req, res, at, q.s)
	if !ok {
		q.supersede(before, res.StatusCode)
		return a, nil
	}
	terms := rules.TermsOf(answer, q.s)
	keeps := q.keeps && rules.Storable(q.req, answer, q.s)
	if !keeps {
		q.supersede(before, res.StatusCode)
	}
	text, ok, err := q.read(a, keeps && (terms.Last().After(at.came) || hasValidator(answer.Header)))
	if err != nil || !ok {
		return a, err
	}
	a.v, a.lent = &variant{answer: answer, body: text, since: q.since}, &q.s
	if keeps {
		a.own()
		a.v.dated = datedOf(answer)
		a.stored = q.keepRaw(a.v)
		q.learnRecord(a.v, terms)
	}
	return a, nil
}

// sharable reads the header of an answer to a request. It is not ok where nobody else may be given the answer.
func sharable(req *http.Request, res *http.Response, at span, s rules.Settings) (answer rules.Answer, ok bool) {
	answer, ok = rules.Arrived(res.StatusCode, res.Header, at.asked, at.came, s)
	if ok {
		answer.Varied, ok = variedBy(req, res.Header)
	}
	return answer, ok && whole(res) && !setsCookie(res.Header, s) && rules.Sharable(req, answer, s)
}

// supersede drops an answer where the service has given a newer one that is not kept.
func (q *question) supersede(before *variant, status int) {
	if before != nil && status < http.StatusInternalServerError {
		q.forget(before)
	}
}

// setsCookie reports whether an answer sets a cookie. That is for one browser, however much two requests look alike, unless a
// setting says otherwise.
func setsCookie(header http.Header, s rules.Settings) bool {
	return !s.Cookies && has(header, "Set-Cookie", "Set-Cookie2")
}

// variedBy is what the answer to a request was chosen by.
func variedBy(req *http.Request, header http.Header) (varied []rules.Varied, ok bool) {
	also := unsaid(header)
	if len(also) == 0 {
		return rules.VariedBy(req, header)
	}
	return rules.VariedBy(req, http.Header{"Vary": append(also, header["Vary"]...)})
}

// unsaid are fields by which an answer was chosen if there was a choice, whether the service says so or not: others who ask
// without them would get what they cannot read, or may not.
func unsaid(header http.Header) (names []string) {
	if len(header["Content-Encoding"]) > 0 {
		names = append(names, "Accept-Encoding")
	}
	if len(header["Content-Language"]) > 0 {
		names = append(names, "Accept-Language")
	}
	if origins := header["Access-Control-Allow-Origin"]; len(origins) > 0 && origins[0] != "*" {
		names = append(names, "Origin")
	}
	if !isPlainJSON(header) {
		names = append(names, "Accept")
	}
	return names
}

// isPlainJSON reports whether an answer is what all services write that know one form only. Another media type, or a parameter of
// it such as a version, may be one of several.
func isPlainJSON(header http.Header) bool {
	types := header["Content-Type"]
	if len(types) != 1 {
		return false
	}
	media, parameters, _ := strings.Cut(strings.ToLower(types[0]), ";")
	parameters = strings.Trim(parameters, " \t")
	return strings.Trim(media, " \t") == "application/json" && (parameters == "" || strings.HasPrefix(parameters, "charset="))
}

// whole reports whether it can be seen that all of an answer is there, and nothing comes after it. An answer that ends with its
// connection may be the half of one.
func whole(res *http.Response) bool {
	endsWithConnection := res.ProtoMajor == 1 && res.ContentLength < 0 && len(res.TransferEncoding) == 0
	return res.StatusCode >= http.StatusOK && res.StatusCode != http.StatusPartialContent && len(res.Trailer) == 0 &&
		(!endsWithConnection || attempt.Taken(res) && res.Body == http.NoBody)
}

// hasValidator reports whether it can be asked whether an answer is still good.
func hasValidator(header http.Header) bool { return has(header, "Etag", "Last-Modified") }

// short is the length up to which an answer is read before it is handed on though nothing but those who wait have a use for it.
const short = 64 << 10

// read reads an answer to its end, if that is known to be near. Otherwise it goes on streaming. promising says that the answer
// will be of use later.
func (q *question) read(a *arrival, promising bool) (text []byte, ok bool, err error) {
	if q.whole > 0 {
		text, err = attempt.Read(a.res, q.whole)
		return text, err == nil, err
	}
	attempt.Take(a.res)
	if attempt.Taken(a.res) {
		text, err = attempt.Read(a.res, int64(q.shared.MaxEntry))
		return text, err == nil && attempt.Intact(a.res, text), nil
	}
	if !q.waitsFor(a.res, promising) {
		return nil, false, nil
	}
	text, ok = takeIn(a, q.shared.MaxEntry)
	return text, ok && attempt.Intact(a.res, text), nil
}

// waitsFor reports whether an answer is read before it is handed on.
func (q *question) waitsFor(res *http.Response, promising bool) bool {
	media, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	switch {
	case strings.EqualFold(strings.TrimSpace(media), "text/event-stream"):
		return false
	case promising:
		return res.ContentLength <= int64(q.shared.MaxEntry)
	default:
		return res.ContentLength >= 0 && res.ContentLength <= min(short, int64(q.shared.MaxEntry))
	}
}

// takeIn reads the body of an answer and puts it back. Where that is longer than most bytes or breaks off, whoever asked gets
// what came, and then the rest or the error.
func takeIn(a *arrival, most int) (text []byte, ok bool) {
	body := a.res.Body
	text, err := readUpTo(body, a.res.ContentLength, most)
	switch {
	case err != nil:
		a.broken = err
		a.res.Body = &resumed{Reader: io.MultiReader(bytes.NewReader(text), failing{err}), Closer: body}
		return nil, false
	case len(text) > most:
		a.res.Body = &resumed{Reader: io.MultiReader(bytes.NewReader(text), body), Closer: body}
		return nil, false
	}
	_ = body.Close() // all of it is here
	a.res.Body = attempt.NewWhole(text, true)
	return text, true
}

// readUpTo reads one byte more than most, where there is one. length is what was announced, negative where nothing was.
func readUpTo(body io.Reader, length int64, most int) ([]byte, error) {
	room := int64(512)
	if length >= 0 {
		room = min(length, int64(most)) + 1 + bytes.MinRead // the end is read too
	}
	text := bytes.NewBuffer(make([]byte, 0, room))
	_, err := text.ReadFrom(io.LimitReader(body, int64(most)+1))
	if err == nil && length >= 0 && int64(text.Len()) < length {
		err = io.ErrUnexpectedEOF
	}
	return text.Bytes(), err
}

// resumed is a body of which the beginning has been read.
type resumed struct {
	io.Reader
	io.Closer
}

// failing is where a body broke off.
type failing struct{ err error }

// Read fails.
func (f failing) Read([]byte) (int, error) { return 0, f.err }
