package validate

import (
	"net/http"
	"strings"
	"sync"
)

// Operation is what a contract says of a method on a path, ready to hold requests against it. It is safe for concurrent use.
type Operation struct {
	path, header, cookie []*parameter
	query                query
	body                 *body // nil where the contract knows of none
	idle                 sync.Pool
}

// operation compiles what the document says of a method on a path.
func (c *compiler) operation(method string, found route) (*Operation, error) {
	item, err := c.doc.followed(found.item)
	if err != nil {
		return nil, err
	}
	name := strings.ToLower(method)
	if name == "head" && !item.has(name) {
		name = "get"
	}
	said, ok := item.member(name), item.has(name)
	if !ok {
		return nil, c.doc.mistake(item, "there is no "+method)
	}
	o := &Operation{}
	o.idle.New = func() any { return newCheck() }
	for _, p := range c.parameters(said, item) {
		o.add(c.parameter(p, found.values))
	}
	o.body = c.body(said.member("requestBody"))
	c.refuseCircles()
	if c.failed != nil {
		return nil, c.failed
	}
	return o, nil
}

// parameters are those of the operation, and those of its path that it does not describe itself. They are in the document's
// order.
func (c *compiler) parameters(operation, item place) []place {
	type key struct{ in, name string }
	known := make(map[key]bool)
	var all []place
	for _, list := range []place{operation, item} {
		for _, each := range list.member("parameters").items() {
			p, err := c.doc.followed(each)
			if err != nil {
				c.note(err)
			}
			is := key{p.member("in").text(), p.member("name").text()}
			if !known[is] {
				known[is] = true
				all = append(all, p)
			}
		}
	}
	return all
}

func (o *Operation) add(p *parameter) {
	switch {
	case p == nil:
	case p.in == inPath:
		o.path = append(o.path, p)
	case p.in == inQuery:
		o.query.add(p)
	case p.in == inHeader:
		o.header = append(o.header, p)
	case p.in == inCookie:
		o.cookie = append(o.cookie, p)
	}
}

func (c *compiler) refuseCircles() {
	done := make(map[*schema]bool)
	for pointer, s := range c.made {
		if circular(s, make(map[*schema]bool), done) {
			c.fail(place{pointer: pointer}, "the schema is made of itself")
			return
		}
	}
}

// Check holds a request against the contract. r is the request as it goes to the service: its query, its header fields and its
// cookies are looked at, and never its body, which comes whole. param gives the values of the path's parameters, without
// escapes, by their names in the template that the operation was found by.
//
// The error is a *problem.Error. It is of kind UnsupportedMediaType where the body is of no type that the contract names, and
// otherwise BadInput with all Violations, at most 20. Query parameters that the contract does not name are not refused: contracts
// seldom name all. A query that readers of queries understand differently is. Of bodies, JSON and forms are compared with their
// schemas; of others, the type is all that is looked at.
func (o *Operation) Check(r *http.Request, param func(name string) (string, bool), body []byte) error {
	var schema *media
	if o.body != nil && len(body) > 0 {
		var err error
		if schema, err = o.body.media(r.Header); err != nil {
			return err
		}
	}
	c := o.idle.Get().(*check) //nolint:errcheck,forcetypeassert // nothing else is put there
	defer o.idle.Put(c)
	defer c.end()
	for _, p := range o.path {
		c.path(p, param)
	}
	o.query.check(c, r.URL.RawQuery)
	for _, p := range o.header {
		c.header(p, r)
	}
	for _, p := range o.cookie {
		c.cookie(p, r)
	}
	c.body(o.body, schema, body)
	if len(c.walk.found) == 0 {
		return nil
	}
	return append(Violations(nil), c.walk.found...).problem()
}
