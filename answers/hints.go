package answers

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// Directive is the directive by which the schema says how long answers may be kept.
const Directive = "cacheControl"

// ScopeType is the enumeration in the schema that names for whom they are.
const ScopeType = "CacheControlScope"

// hint is what one @cacheControl says. The zero hint says nothing.
type hint struct {
	age      *time.Duration
	stale    *time.Duration
	scope    string // empty where it says nothing
	inherits bool
}

// maxSeconds is the longest time that a hint can name: what RFC 9111, section 1.2.2, asks caches to understand at least.
const maxSeconds = 1<<31 - 1

// readHint reads what stands on a type or a field.
func readHint(directives ast.DirectiveList) (h hint, err error) {
	said := directives.ForName(Directive)
	if said == nil {
		return h, nil
	}
	for _, argument := range said.Arguments {
		if argument.Value.Kind == ast.NullValue {
			continue
		}
		switch argument.Name {
		case "maxAge":
			h.age, err = seconds(argument, err)
		case "staleWhileRevalidate":
			h.stale, err = seconds(argument, err)
		case "scope":
			h.scope = argument.Value.Raw
		case "inheritMaxAge":
			h.inherits = argument.Value.Raw == "true"
		}
	}
	switch {
	case h.inherits && h.age != nil:
		err = errors.Join(err, errors.New("maxAge and inheritMaxAge exclude each other"))
	case h.stale != nil && h.age == nil:
		err = errors.Join(err, errors.New("staleWhileRevalidate needs maxAge: it is counted from there"))
	}
	return h, err
}

func seconds(argument *ast.Argument, before error) (*time.Duration, error) {
	n, err := strconv.Atoi(argument.Value.Raw)
	if err != nil || n < 0 || n > maxSeconds {
		return nil, errors.Join(before, errors.New(argument.Name+" must be 0 to 2147483647 seconds"))
	}
	d := time.Duration(n) * time.Second
	return &d, before
}

// over is this hint, a field's, with what it leaves open from that of the type that the field leads to. An age brings along
// whether the answer may be used beyond it. A field that inherits takes the type's age first.
func (h hint) over(of hint) hint {
	if h.scope == "" {
		h.scope = of.scope
	}
	if h.age == nil {
		h.age, h.stale = of.age, of.stale
		h.inherits = h.age == nil && (h.inherits || of.inherits)
	}
	return h
}

// hintReader reads the hints of a schema.
type hintReader struct {
	schema   *ast.Schema
	types    map[string]hint
	mistakes []error
}

func (r *hintReader) read(place string, directives ast.DirectiveList) hint {
	h, err := readHint(directives)
	if err != nil {
		r.mistakes = append(r.mistakes, fmt.Errorf("%s: @%s: %w", place, Directive, err))
	}
	return h
}

// ofTypes reads what stands on types.
func (r *hintReader) ofTypes() {
	r.types = make(map[string]hint, len(r.schema.Types))
	for _, name := range slices.Sorted(maps.Keys(r.schema.Types)) {
		if strings.HasPrefix(name, "__") {
			continue
		}
		r.types[name] = r.read(name, r.schema.Types[name].Directives)
	}
}

// part is what a field of an object adds to an answer's policy, by the rules of Apollo Server: where neither the field nor the
// composite type that it leads to names an age, it is 0, and that of its root too; a value has the age of its object.
func (r *hintReader) part(object *ast.Definition, field *ast.FieldDefinition) part {
	h := r.read(object.Name+"."+field.Name, field.Directives)
	leads := r.schema.Types[field.Type.Name()]
	composite := leads.IsCompositeType()
	if composite {
		h = h.over(r.types[leads.Name])
	}
	p := part{private: h.scope == scopePrivate}
	root := object == r.schema.Query || object == r.schema.Mutation || object == r.schema.Subscription
	switch {
	case h.age != nil:
		p.aged, p.age = true, *h.age
		if h.stale != nil {
			p.stale = *h.stale
		}
	case root || composite && !h.inherits:
		p.aged = true
	}
	return r.within(p, leads)
}

// scopePrivate is the scope of answers that are one caller's alone.
const scopePrivate = "PRIVATE"

// within lets what an interface or a union can be bound it too: which of them it is, nobody knows before.
func (r *hintReader) within(p part, leads *ast.Definition) part {
	if !leads.IsAbstractType() {
		return p
	}
	for _, object := range r.schema.GetPossibleTypes(leads) {
		of := r.types[object.Name]
		p.private = p.private || of.scope == scopePrivate
		if of.age != nil {
			each := part{aged: true, age: *of.age}
			if of.stale != nil {
				each.stale = *of.stale
			}
			p = p.and(each)
		}
	}
	return p
}
