package answers

import (
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/answers/keeping"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// Given is an answer as it is given to one request.
type Given struct {
	// Executed is what came of the execution. Others can have it, too, unless the Terms say that it was found, or there is a Text:
	// who gets that is the only one, and may give it back.
	Executed
	// Own reports whether it was executed for this request, which knows all about it then.
	Own bool
	// Body is the answer as JSON, where it is there already.
	Body []byte
	// Terms are what is said of it. They have no Door.
	Terms keeping.Terms
}

// outcome is what a question came to. It is not changed once others have it.
type outcome struct {
	executed Executed
	kept     *kept  // as it may be kept, by whoever it is for; nil where nobody may
	found    bool   // whether it was kept already
	stored   bool   // whether it is kept from now on
	own      bool   // whether it may be for whoever ran it alone, though it should be for everybody
	body     []byte // as JSON, where several get it
}

// write writes the answer, once for all who get it, unless it is written already.
func (o *outcome) write() {
	if o.kept == nil && o.executed.whole() {
		o.body = newBody(o.executed.Response.Data)
	}
}

// ofOne is the outcome for the only one who gets it, of which nothing is kept here.
func (o *outcome) ofOne(q *Question) Given {
	g := o.given(q)
	g.Text = o.executed.Text
	return g
}

// given is the outcome for who came by it alone.
func (o *outcome) given(q *Question) Given {
	if o.found {
		return o.kept.given(time.Now())
	}
	g := Given{Executed: o.executed, Own: true, Body: o.body}
	g.Text = nil // others may have it, too
	if o.kept != nil {
		g.Terms = o.kept.terms()
		g.Terms.Everybody, g.Terms.Data = q.Policy.Everybody, o.executed.Response.Data
		g.Body = o.kept.body
	}
	return g
}

// given is what is kept for a request that found it.
func (k *kept) given(now time.Time) Given {
	g := Given{Executed: Executed{Response: &graphql.Response{Data: k.data}, Cost: k.cost}, Body: k.body, Terms: k.terms()}
	g.Terms.Found, g.Terms.Age = true, now.Sub(k.at)
	return g
}

// late reports whether the time of who ran it was over. Others may have more of it.
func (o *outcome) late() bool {
	if o.found {
		return false
	}
	if o.executed.Response == nil {
		return true
	}
	for _, err := range o.executed.Response.Errors {
		if kind := problem.KindOfGraphQL(err); kind == problem.Timeout || kind == problem.Cancelled {
			return true
		}
	}
	return false
}

// report is what is said of a question.
type report struct {
	hit, bypassed, stored, collapsed bool

	ttl time.Duration
}

// told adds what became of the question, where that is to be said.
func (c *Cache) told(g Given, r report) Given {
	if !c.Status {
		return g
	}
	said := rules.Report{Stored: r.stored, Collapsed: r.collapsed, Timed: r.hit, TTL: r.ttl}
	switch {
	case r.bypassed:
		said.Forward = rules.Bypass
	case !r.hit:
		said.Forward = rules.URIMiss
	}
	g.Terms.Status = rules.Status("concierge", said)
	return g
}
