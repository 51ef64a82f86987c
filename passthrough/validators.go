package passthrough

import (
	"net/http"

	"github.com/concierge-gateway/concierge/policy"
)

// validators are what an answer says of the version of what it shows (RFC 9110, section 8.8). Both tell of more than the caller
// may see: when a record was changed, and, since a service makes a tag of all that is in an answer, that there is something in
// it.
//
// An answer that may come to lack what the caller has read too often goes without them as well: a whole one and one that lacks
// something would have the same. Nor may it be stored before it is known to be whole.
type validators struct{ tag, modified, storing []string }

// validatorsOf takes the validators out of an answer that the caller may not see all of. It is given them back when it is known
// that nothing was withheld.
func (h *handler) validatorsOf(c *caller, res *http.Response) validators {
	held := validators{res.Header["Etag"], res.Header["Last-Modified"], res.Header["Cache-Control"]}
	if res.StatusCode != http.StatusNotModified && !h.seesAll(c) {
		delete(res.Header, "Etag")
		delete(res.Header, "Last-Modified")
	}
	return held
}

// forbidStoring makes an answer one of which nothing is kept.
func forbidStoring(header http.Header) {
	delete(header, "Etag")
	delete(header, "Last-Modified")
	header["Cache-Control"] = []string{"no-store"}
}

// settle says of an answer whose body is known what can be said only then.
func (h *handler) settle(c *caller, held validators, header http.Header) {
	if c.counted.missing() {
		c.counted.announce(header)
		h.metrics.limited.Add(float64(c.counted.lacks))
		return
	}
	if c.counted != nil {
		header["Cache-Control"] = held.storing
	}
	if h.sawAll(c) {
		held.giveBack(header)
	}
}

func (v validators) giveBack(header http.Header) {
	if v.tag != nil {
		header["Etag"] = v.tag
	}
	if v.modified != nil {
		header["Last-Modified"] = v.modified
	}
}

// seesAll reports whether a caller sees all that the route shows, whatever the record.
func (h *handler) seesAll(c *caller) bool {
	if !h.sight.differs {
		return true
	}
	for _, rule := range h.sight.rules {
		if c.sees.Caller().Verdict(rule) != policy.Allow {
			return false
		}
	}
	return true
}

// sawAll reports whether nothing of an answer was withheld. Of a list nobody learns that: it would tell which records there are
// not.
func (h *handler) sawAll(c *caller) bool {
	if c.list {
		return h.seesAll(c)
	}
	for _, rule := range h.sight.rules {
		verdict := c.sees.Caller().Verdict(rule)
		if verdict == policy.Refuse || verdict == policy.Ask && c.sees.Refused(rule) {
			return false
		}
	}
	return true
}

// keepQuiet takes out of an answer what tells whether somebody has asked before, if the answer depends on whose the record is.
// Nobody else need know when an owner looks.
func (h *handler) keepQuiet(c *caller, header http.Header) {
	if !h.sight.differs {
		return
	}
	for _, rule := range h.sight.rules {
		if c.sees.Caller().Verdict(rule) == policy.Ask {
			delete(header, "Cache-Status")
			delete(header, "Age")
			return
		}
	}
}

// leaveOutFields leaves out of an answer's header what a service says beside the record, where it is not known yet whether the
// caller gets to know of that, such as how many records there are.
func leaveOutFields(header http.Header) {
	for name := range header {
		switch name {
		case "Content-Type", "Content-Length", "Content-Encoding", "Content-Language", "Cache-Control", "Date", "Vary", "Etag",
			"Last-Modified", "Retry-After", "Www-Authenticate", "Allow":
		default:
			delete(header, name)
		}
	}
}
