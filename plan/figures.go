package plan

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// figures are numbers that can depend on a request: how much is asked for. They are put together once for an operation, each out
// of earlier ones, and reckoned for each request.
type figures struct {
	sizes Sizes
	terms []term
}

// figure is the place of a term. The first is nothing.
type figure int

// term is how a figure is reckoned.
type term struct {
	kind   termKind
	a, b   figure
	number int
	said   *ast.Value // a variable
}

type termKind uint8

const (
	fixed    termKind = iota // number
	sum                      // a + b
	product                  // a * b
	atMost                   // a, or number where that is less
	where                    // a, or nothing where b is nothing
	given                    // a, or nothing where the variable is null
	missing                  // a, or nothing where the variable is not null
	pageSize                 // what the variable says, or number where it is null
)

func newFigures(sizes Sizes) *figures { return &figures{sizes: sizes, terms: []term{{kind: fixed}}} }

func (f *figures) term(t term) figure {
	f.terms = append(f.terms, t)
	return figure(len(f.terms) - 1)
}

func (f *figures) constant(n int) figure {
	if n == 0 {
		return 0
	}
	return f.term(term{kind: fixed, number: n})
}

// isNothing reports whether a figure is nothing whatever the request.
func (f *figures) isNothing(a figure) bool { return a == 0 }

// both are the numbers of two constants.
func (f *figures) both(a, b figure) (x, y int, ok bool) {
	ok = f.terms[a].kind == fixed && f.terms[b].kind == fixed
	return f.terms[a].number, f.terms[b].number, ok
}

func (f *figures) plus(a, b figure) figure {
	if a == 0 || b == 0 {
		return a + b
	}
	if x, y, ok := f.both(a, b); ok {
		return f.constant(plus(x, y))
	}
	return f.term(term{kind: sum, a: a, b: b})
}

func (f *figures) times(a, b figure) figure {
	if x, y, ok := f.both(a, b); ok {
		return f.constant(times(x, y))
	}
	return f.term(term{kind: product, a: a, b: b})
}

func (f *figures) least(a figure, n int) figure {
	if x, _, ok := f.both(a, a); ok {
		return f.constant(min(x, n))
	}
	return f.term(term{kind: atMost, a: a, number: n})
}

// where is a, or nothing where b is nothing.
func (f *figures) where(a, b figure) figure {
	if f.terms[b].kind == fixed {
		return a
	}
	return f.term(term{kind: where, a: a, b: b})
}

// first is how many records a page holds at most: none where its argument is refused.
func (f *figures) first(e *edge) figure {
	value := argument(e, "first")
	switch {
	case value == nil || value.Kind == ast.NullValue:
		return f.constant(f.sizes.Pages.Default)
	case value.Kind == ast.Variable:
		return f.term(term{kind: pageSize, said: value, number: f.otherwise(e)})
	}
	n, err := strconv.Atoi(value.Raw)
	if err != nil || n < 0 || n > f.sizes.Pages.Max {
		return 0
	}
	return f.constant(n)
}

// otherwise is how many records a page holds whose variable has no value.
func (f *figures) otherwise(e *edge) int {
	if defined := e.field.Definition.Arguments.ForName("first"); defined.DefaultValue != nil {
		return max(f.sizes.Pages.Default, f.sizes.Pages.Most(defined.DefaultValue.Raw))
	}
	return f.sizes.Pages.Default
}

// apart parts keys of lists that belong to records: those of first parts and those of further ones. known is whether no part can
// be a further one.
func (f *figures) apart(e *edge, keys figure) (first, further figure, known bool) {
	value := argument(e, "after")
	switch {
	case value == nil || value.Kind == ast.NullValue:
		return keys, 0, true
	case value.Kind != ast.Variable:
		return 0, keys, false
	default:
		return f.term(term{kind: missing, a: keys, said: value}), f.term(term{kind: given, a: keys, said: value}), false
	}
}

// request is what figures are reckoned by. Nil knows no variables: each counts as what makes the most.
type request map[string]any

// says is the value of a variable, and whether it is known.
func (r request) says(variable *ast.Value) (value any, known bool) {
	if r == nil {
		return nil, false
	}
	value, err := variable.Value(r)
	return value, err == nil
}

// reckon is all figures, appended to what is there.
func (f *figures) reckon(into []int, by request) []int {
	for i := range f.terms {
		into = append(into, f.of(&f.terms[i], into, by))
	}
	return into
}

func (f *figures) of(t *term, before []int, by request) int {
	switch t.kind {
	case sum:
		return plus(before[t.a], before[t.b])
	case product:
		return times(before[t.a], before[t.b])
	case atMost:
		return min(before[t.a], t.number)
	case where:
		return before[t.a] * min(before[t.b], 1)
	case given, missing:
		value, known := by.says(t.said)
		if isGiven := !known || value != nil; isGiven == (t.kind == given) {
			return before[t.a]
		}
		return 0
	case pageSize:
		return f.page(t, by)
	default:
		return t.number
	}
}

func (f *figures) page(t *term, by request) int {
	value, known := by.says(t.said)
	switch {
	case !known:
		return f.sizes.Pages.Max
	case value == nil:
		return t.number
	default:
		return f.sizes.Pages.Most(value)
	}
}
