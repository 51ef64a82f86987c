package reshape

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// tree is a JSON value as the reference sees it.
type tree struct {
	kind     byte   // as jsontext has it; '{', '[', 'n' and so on
	raw      string // of a scalar
	members  []*branch
	elements []*tree
	made     bool // an object that was made, which may go again
	nulled   bool // it was null before
}

type branch struct {
	key   string // the service's name, or the client's after a NUL where the service has none
	raw   string // as it is written
	value *tree  // nil for a place that was kept and not filled
	rank  int    // of what was put: 1 + the first of the spec's moves and adds that leads there
}

func (t *tree) get(key string) *branch {
	i := slices.IndexFunc(t.members, func(b *branch) bool { return b.key == key })
	if i < 0 {
		return nil
	}
	return t.members[i]
}

func (t *tree) remove(key string) {
	t.members = slices.DeleteFunc(t.members, func(b *branch) bool { return b.key == key })
}

// plant parses a text by jsontext.
func plant(text []byte) (*tree, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(text))
	t, err := grow(dec, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more")
	}
	return t, nil
}

func grow(dec *jsontext.Decoder, depth int) (*tree, error) {
	kind := dec.PeekKind()
	if kind != '{' && kind != '[' {
		raw, err := dec.ReadValue()
		return &tree{kind: byte(kind), raw: string(raw)}, err
	}
	if depth == MaxDepth {
		return nil, errors.New("too deep")
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	t := &tree{kind: byte(kind)}
	for dec.PeekKind() != '}' && dec.PeekKind() != ']' {
		b := &branch{}
		if kind == '{' {
			raw, err := dec.ReadValue()
			if err != nil {
				return nil, err
			}
			name, err := jsontext.AppendUnquote(nil, raw)
			if err != nil {
				return nil, err
			}
			b.key, b.raw = string(name), string(raw)
		}
		var err error
		if b.value, err = grow(dec, depth+1); err != nil {
			return nil, err
		}
		if kind == '{' {
			t.members = append(t.members, b)
		} else {
			t.elements = append(t.elements, b.value)
		}
	}
	_, err := dec.ReadToken()
	return t, err
}

func (t *tree) text() string {
	var parts []string
	switch t.kind {
	case '{':
		for _, b := range t.members {
			parts = append(parts, b.raw+":"+b.value.text())
		}
		return "{" + strings.Join(parts, ",") + "}"
	case '[':
		for _, e := range t.elements {
			parts = append(parts, e.text())
		}
		return "[" + strings.Join(parts, ",") + "]"
	default:
		return t.raw
	}
}

// filter is what of a tree goes through a shape, nil for nothing.
func (t *tree) filter(s *Shape, j judged) *tree {
	switch {
	case t.kind == '[':
		filtered := &tree{kind: '['}
		for _, e := range t.elements {
			if e = e.filter(s, j); e != nil {
				filtered.elements = append(filtered.elements, e)
			}
		}
		return filtered
	case t.kind == '{' && (s.kind == object || s.kind == anything):
		filtered := &tree{kind: '{'}
		for _, b := range t.members {
			below, ok := s.at(b.key)
			if !ok {
				continue
			}
			if value := j.form(below, b.value, b.value.filter(below, j)); value != nil {
				filtered.members = append(filtered.members, &branch{key: b.key, raw: b.raw, value: value})
			}
		}
		return filtered
	case t.kind == '{', s.kind == object && t.kind != 'n':
		return nil
	case s.kind == last:
		return &tree{kind: '"', raw: lastOf(t, s.last)}
	default:
		return t
	}
}

func lastOf(t *tree, n int) string {
	text := t.raw
	if t.kind == '"' {
		undone, _ := jsontext.AppendUnquote(nil, t.raw)
		text = string(undone)
	} else if t.kind != '0' || strings.ContainsAny(text, ".eE") {
		return "null"
	}
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
	if digits == "" || len(digits) < 3*n {
		return "null"
	}
	return `"` + digits[len(digits)-n:] + `"`
}

// reference does what a Spec without an envelope says, step by step on whole trees. The Spec must be one that Compile takes.
type reference struct {
	spec Spec
	with With
}

func (r reference) rewrite(text []byte) (string, error) {
	t, err := plant(text)
	if err != nil {
		return "", err
	}
	t, refused := r.shown(t)
	if refused {
		return "", ErrRefused
	}
	if t == nil {
		return "null", nil
	}
	r.records(t)
	return t.text(), nil
}

func (r reference) records(t *tree) {
	for _, e := range t.elements {
		r.records(e)
	}
	if t.kind == '{' {
		r.record(t)
	}
}

func (r reference) record(t *tree) {
	for _, path := range r.spec.Drops {
		names := strings.Split(path, "/")
		each(t, names[:len(names)-1], func(o *tree) { o.remove(names[len(names)-1]) })
	}
	r.makeRoom(t)
	taken := make(map[*tree]map[string]*tree) // by scope and From
	for _, m := range r.spec.Moves {
		if r.stays(m.From) {
			continue
		}
		from := strings.Split(m.From, "/")
		depth := r.scope(m)
		each(t, from[:depth], func(scope *tree) {
			if owner := descend(scope, from[depth:len(from)-1]); owner != nil {
				if b := owner.get(from[len(from)-1]); b != nil {
					if taken[scope] == nil {
						taken[scope] = make(map[string]*tree)
					}
					taken[scope][m.From] = b.value
				}
			}
		})
	}
	r.detach(t, nil)
	for _, m := range r.spec.Moves {
		if r.stays(m.From) {
			continue
		}
		chain, depth := r.chain(m.To), r.scope(m)
		each(t, strings.Split(m.From, "/")[:depth], func(scope *tree) {
			value := taken[scope][m.From]
			r.attach(scope, chain, depth, m.To, value, false)
		})
	}
	for i, path := range r.spec.Adds {
		var value *tree
		if r.with.Values[i] != nil {
			value = &tree{raw: string(r.with.Values[i])}
		}
		r.attach(t, r.chain(path), 0, path, value, true)
	}
	prune(t)
}

// each calls do for all objects at a path of the service, through arrays.
func each(t *tree, names []string, do func(*tree)) {
	for _, e := range t.elements {
		each(e, names, do)
	}
	if t.kind != '{' {
		return
	}
	if len(names) == 0 {
		do(t)
		return
	}
	if b := t.get(names[0]); b != nil && b.value != nil {
		each(b.value, names[1:], do)
	}
}

// descend is the object at a path, through objects alone.
func descend(t *tree, names []string) *tree {
	for _, name := range names {
		b := t.get(name)
		if b == nil || b.value == nil || b.value.kind != '{' {
			return nil
		}
		t = b.value
	}
	return t
}

func (r reference) to(path string) (string, bool) {
	for _, m := range r.spec.Moves {
		if m.From == path {
			return m.To, true
		}
	}
	return "", false
}

func (r reference) final(path string) string {
	if to, ok := r.to(path); ok || path == "" {
		return to
	}
	parent, name := cutLast(path)
	return strings.TrimPrefix(r.final(parent)+"/"+name, "/")
}

func (r reference) stays(path string) bool {
	parent, _ := cutLast(path)
	to, _ := cutLast(r.final(path))
	return to == r.final(parent)
}

// chain is the way to where something is put: names of the service as far as it has the objects, then the client's after a NUL.
func (r reference) chain(to string) []string {
	var service, chain []string
	names := strings.Split(to, "/")
	for _, name := range names[:len(names)-1] {
		if len(service) == len(chain) {
			if known, ok := r.called(service, name); ok {
				service, chain = append(service, known), append(chain, known)
				continue
			}
		}
		chain = append(chain, "\x00"+name)
	}
	return chain
}

// called is the service's name of the member that is called so in the end.
func (r reference) called(parent []string, name string) (string, bool) {
	for _, m := range r.spec.Moves {
		if from := strings.Split(m.From, "/"); slices.Equal(from[:len(from)-1], parent) && r.stays(m.From) {
			if _, as := cutLast(m.To); as == name {
				return from[len(from)-1], true
			}
		}
	}
	path := strings.Join(append(slices.Clone(parent), name), "/")
	_, moved := r.to(path)
	_, there := r.spec.Shape.At(path)
	return name, there && !moved && !slices.Contains(r.spec.Drops, path)
}

func (r reference) scope(m Move) int {
	from, chain := strings.Split(m.From, "/"), r.chain(m.To)
	n := 0
	for n < len(from)-1 && n < len(chain) && from[n] == chain[n] {
		n++
	}
	return n
}

// makeRoom removes what comes under names that others get.
func (r reference) makeRoom(t *tree) {
	empty := func(path string) {
		names := append(r.chain(path), "")
		_, names[len(names)-1] = cutLast(path)
		key, there := r.called(names[:len(names)-1], names[len(names)-1])
		if there {
			each(t, names[:len(names)-1], func(o *tree) { o.remove(key) })
		}
	}
	for _, m := range r.spec.Moves {
		if r.stays(m.From) { // its object may have moved: that has no place in the client's names yet
			from := strings.Split(m.From, "/")
			_, name := cutLast(m.To)
			path := strings.Join(append(slices.Clone(from[:len(from)-1]), name), "/")
			if _, moved := r.to(path); !moved {
				each(t, from[:len(from)-1], func(o *tree) { o.remove(name) })
			}
			continue
		}
		empty(m.To)
	}
	for i, path := range r.spec.Adds {
		if r.with.Values[i] != nil {
			empty(path)
		}
	}
}

// detach takes out what moves, and renames what stays.
func (r reference) detach(t *tree, path []string) {
	for _, e := range t.elements {
		r.detach(e, path)
	}
	t.members = slices.DeleteFunc(t.members, func(b *branch) bool {
		at := append(slices.Clone(path), b.key)
		r.detach(b.value, at)
		to, moves := r.to(strings.Join(at, "/"))
		if moves {
			_, name := cutLast(to)
			b.raw = `"` + name + `"`
		}
		return !r.stays(strings.Join(at, "/"))
	})
}

// attach puts a value at the end of a chain, of which i names are behind, or keeps its place if it is nil. Adds go through
// arrays.
func (r reference) attach(t *tree, chain []string, i int, to string, value *tree, arrays bool) {
	names := strings.Split(to, "/")
	if i == len(chain) {
		key := "\x00" + names[i]
		t.members = append(t.members, &branch{key: key, raw: `"` + names[i] + `"`, value: value, rank: r.rank(append(chain, key))})
		return
	}
	b := t.get(chain[i])
	if b == nil {
		b = &branch{key: chain[i], raw: `"` + names[i] + `"`, value: &tree{kind: '{', made: true}, rank: r.rank(chain[:i+1])}
		t.members = append(t.members, b)
	}
	if b.value.kind == 'n' {
		b.value = &tree{kind: '{', made: true, nulled: true}
	}
	r.follow(b.value, chain, i+1, to, value, arrays)
}

func (r reference) follow(t *tree, chain []string, i int, to string, value *tree, arrays bool) {
	switch {
	case t.kind == '{':
		r.attach(t, chain, i, to, value, arrays)
	case t.kind == '[' && arrays:
		for _, e := range t.elements {
			r.follow(e, chain, i, to, value, arrays)
		}
	}
}

// rank is the place among what is put in an object. It is the same in all records, whatever each of them has.
func (r reference) rank(chain []string) int {
	leads := func(to string, from int) bool {
		_, name := cutLast(to)
		whole := append(r.chain(to), "\x00"+name)
		return len(chain) > from && len(whole) >= len(chain) && slices.Equal(whole[:len(chain)], chain)
	}
	rank := 1
	for _, m := range r.spec.Moves {
		if !r.stays(m.From) && leads(m.To, r.scope(m)) {
			return rank
		}
		rank++
	}
	for _, path := range r.spec.Adds {
		if leads(path, 0) {
			return rank
		}
		rank++
	}
	return 0
}

// prune takes out places that were not filled, and objects that were made for nothing.
func prune(t *tree) {
	for _, e := range t.elements {
		prune(e)
	}
	slices.SortStableFunc(t.members, func(a, b *branch) int { return a.rank - b.rank })
	t.members = slices.DeleteFunc(t.members, func(b *branch) bool {
		if b.value == nil {
			return true
		}
		prune(b.value)
		if !b.value.made || len(b.value.members) > 0 {
			return false
		}
		*b.value = tree{kind: 'n', raw: "null", nulled: b.value.nulled}
		return !b.value.nulled
	})
}
