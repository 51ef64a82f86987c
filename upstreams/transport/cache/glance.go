package cache

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// Glance is a question that is asked before there is a request to the service: to make one costs more than an answer that is
// kept. Whoever asks knows that the request would not change what the client has sent of the fields that clients choose an answer
// by, as isChosen has them, nor of conditions, ranges, Cache-Control and Pragma.
type Glance struct {
	// Client is the client's request. It is not changed.
	Client *http.Request
	// URL is what the service would be asked for.
	URL url.URL
	// Host and Proto are what the service would be told that the client has asked, empty where it would be told nothing.
	Host, Proto string
	// Encoding is what the service would be sent as Accept-Encoding, nil where that is the client's. It is not changed.
	Encoding []string
}

// Glancer is a way to a service on which it can be seen at a glance what is kept.
type Glancer interface {
	// Glance finds what RoundTrip would answer the request with. It is not ok where nothing fresh is kept, and where more than a
	// Glance tells has to be known to find it. Then the request is to be made.
	Glance(g Glance) (kept Kept, ok bool)
}

// Glance implements Glancer.
func (l *layer) Glance(g Glance) (kept Kept, ok bool) {
	uri := uriOf(&g.URL)
	path, _, _ := strings.Cut(uri, "?")
	if !l.keeps || !isRead(g.Client) || !isPlain(path) || l.Wish(g.Client.Context()) != rules.Any {
		return kept, false
	}
	caller, w := l.callerOf(g.Client), l.glancedWay(&g)
	key, ok := l.glanced(&g, uri, caller, w)
	if !ok {
		return kept, false
	}
	value, ok := l.shared.Memory.Get(key)
	if !ok {
		return kept, false
	}
	e, _ := value.(*entry)
	v := e.glance(&g)
	if v == nil || !l.takes(v) {
		return kept, false
	}
	now, fresh := time.Now(), rules.TermsOf(v.answer, w.settings(caller.Known, false)).Fresh
	return Kept{layer: l, req: g.Client, key: key, e: e, v: v, now: now, fresh: fresh}, now.Before(fresh) && isUsual(g.Client)
}

// isUsual reports what rules.Judge has to know of a request, as far as isRead does not tell it.
func isUsual(req *http.Request) bool { return !has(req.Header, "Transfer-Encoding") }

// glanced is the key of a question. It is not ok where nothing is kept of its answers, and where the key is made of more of the
// request than a Glance tells.
func (l *layer) glanced(g *Glance, uri string, caller sharing.Caller, w *way) (key sharing.Key, ok bool) {
	if !w.enabled || !w.asksNames(caller.Known) || caller.Known != nil && isChosen(caller.Known.KeyHeader) {
		return key, false
	}
	sent := make(http.Header)
	for _, name := range caller.Counted {
		if !isChosen(name) {
			return key, false
		}
		sent[name] = g.sent(name)
	}
	caller.Sent, caller.Asked = sent, sharing.Asked{Host: g.Host, Proto: g.Proto}
	return sharing.ForAnswer(w.inputs, caller, l.service, uri), true
}

// glancedWay is how the answer to a question is kept.
func (c *Cache) glancedWay(g *Glance) *way {
	if len(c.config.Routes) == 0 {
		return c.usual
	}
	at := g.URL // a copy, so that the question takes no memory where there are no routes
	return c.wayOf(&http.Request{Method: g.Client.Method, URL: &at})
}

// asksNames reports whether what is kept is told apart by nothing of the caller but what the gateway itself knows.
func (w *way) asksNames(known *identity.Caller) bool {
	switch w.inputs {
	case sharing.Nothing:
		return true
	case sharing.Tenant, sharing.Principal:
		return known != nil && known.ID != ""
	default:
		return false
	}
}

// sent is what the service would be sent in a field that isChosen.
func (g *Glance) sent(name string) []string {
	if name == "Accept-Encoding" && g.Encoding != nil {
		return g.Encoding
	}
	return g.Client.Header[name]
}

// glance is the newest answer that was chosen by what a service would be sent. It is nil where there is none, and where another
// field had a part in the choice.
func (e *entry) glance(g *Glance) *variant {
	for _, each := range e.variants {
		varied := each.answer.Varied
		switch {
		case slices.ContainsFunc(varied, func(by rules.Varied) bool { return !isChosen(by.Name) }):
			return nil
		case rules.SelectsBy(varied, g.sent):
			return each
		}
	}
	return nil
}

// isChosen reports whether a field is one by which clients choose an answer. No gateway writes it, and it proves nothing.
func isChosen(name string) bool {
	switch name {
	case "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Api-Version", "Origin", "User-Agent":
		return true
	default:
		return false
	}
}
