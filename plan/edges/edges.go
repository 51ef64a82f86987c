// Package edges answers what resolvers do, as far as their source says it plainly.
//
// A resolver is understood if it is one return statement of one of these forms; o is the object, id and the like are arguments:
//
//	return loaders.For(ctx).User.Load(ctx, o.UserID)
//	return loaders.For(ctx).Order.Load(ctx, id)
//	return mine(ctx, loaders.For(ctx).User)
//	return o.Items, nil
//	return c.Nodes(), nil      and c.Edges(), of a *page.Connection[T]
//	return connection(ctx, r.pages, first, after, loaders.For(ctx).Orders, record.Part{Of: o.ID})
//	return connection(ctx, r.pages, first, after, loaders.For(ctx).Orders, record.Part{Of: given(userID)})
//
// The fields Of and Named of a record.Part are a member of the object, an argument, or left out.
//
// What differs in the slightest is not understood, because whoever trusts an Edge runs it in the place of the resolver. The
// source is that of the program, so it compiles: this package proves only what the compiler does not. What mine, connection and
// given do it takes for known.
package edges

import (
	"errors"
	"io/fs"
	"strings"
)

// Edges are the resolvers of a program. They do not change, and may be asked from many goroutines.
type Edges struct {
	found   map[name]finding
	objects map[string]error // why nothing is known of the resolvers of an object
}

// name is a field of the schema in lower case: gqlgen writes orderId as OrderID.
type name struct{ object, field string }

type finding struct {
	edge  Edge
	err   error
	calls []string
	loops bool // whether there are calls of which nobody knows how often they are made

	silent bool // whether it can make none
}

// Read reads what resolvers do from their package's source, the *.go files at the top of source. Tests and files with a build
// constraint are left out. It fails if a file cannot be read or is not Go.
func Read(source fs.FS) (*Edges, error) {
	p, err := parse(source)
	if err != nil {
		return nil, err
	}
	e := &Edges{found: make(map[name]finding), objects: make(map[string]error)}
	for _, root := range p.exported("Root") {
		e.add(p, root)
	}
	return e, nil
}

// add takes in the resolvers that a method of Root leads to.
func (e *Edges) add(p *program, root method) {
	object := strings.ToLower(root.decl.Name.Name)
	if _, twice := e.objects[object]; twice {
		e.objects[object] = errors.New("is given by two methods of Root that differ in case only")
		return
	}
	r, err := p.resolver(root)
	e.objects[object] = err
	if err != nil {
		return
	}
	for _, m := range p.exported(r.name) {
		at := name{object, strings.ToLower(m.decl.Name.Name)}
		if _, twice := e.found[at]; twice {
			e.found[at] = finding{err: errors.New("is one of two methods that differ in case only")}
			continue
		}
		edge, err := p.edge(r, m)
		calls, loops := callsIn(m.decl)
		e.found[at] = finding{edge, err, calls, loops, isSilent(m.decl)}
	}
}

// Edge is what the resolver of a field does, by the schema's names. There is none for a field without a resolver, for what Why
// tells of, and for mutations and subscriptions.
func (e *Edges) Edge(object, field string) (Edge, bool) {
	edge, err := e.find(object, field)
	return edge, err == nil
}

// Why says why there is no edge for a field, in words that go on after "its resolver": "has 3 statements". It is empty where
// there is one.
func (e *Edges) Why(object, field string) string {
	if _, err := e.find(object, field); err != nil {
		return err.Error()
	}
	return ""
}

func (e *Edges) find(object, field string) (Edge, error) {
	object, field = strings.ToLower(object), strings.ToLower(field)
	found, ok := e.found[name{object, field}]
	why := e.objects[object]
	switch {
	case object == "mutation" || object == "subscription":
		return Edge{}, errors.New("is a " + object)
	case why != nil:
		return Edge{}, why
	case !ok:
		return Edge{}, errors.New("was not found in the source")
	default:
		return found.edge, found.err
	}
}
