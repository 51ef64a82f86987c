package validate

import (
	"bytes"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"unicode/utf8"
)

// listed are the values that a schema lists: texts, numbers, and others.
type listed struct {
	words   string
	kinds   kinds // of all of them
	texts   map[string]bool
	numbers map[float64]bool
	others  map[string]bool // as canonical JSON
}

func (l *listed) has(t *tree, at int) bool {
	switch kind := t.nodes[at].kind; {
	case kind == aString:
		return l.texts[string(t.string(at))]
	case kind&aNumber != 0:
		return l.numbers[float(t.raw(at))]
	case len(l.others) == 0:
		return false
	default:
		return l.others[t.canonical(at)]
	}
}

// number is what is said of numbers.
type number struct {
	bounds   []bound
	multiple *big.Rat
	words    string // of the multiple
	// bits is how long a signed integer may be, nothing where that is not said. An int64's bounds are no float64s.
	bits      int
	bitsWords string
}

// bound is a limit of numbers, upper or lower, itself among them or not.
type bound struct {
	limit     float64
	upper     bool
	excluding bool
	words     string
}

func (n *number) check(w *walk, at int) {
	raw := w.tree.raw(at)
	value := float(raw)
	for _, each := range n.bounds {
		if !each.holds(value) {
			w.fail(invalid, each.words)
		}
	}
	if n.multiple != nil && !n.divides(raw, value) {
		w.fail(invalid, n.words)
	}
	if n.bits > 0 && !n.short(raw, value) {
		w.fail(invalid, n.bitsWords)
	}
}

// short reports whether a number is no integer, or one of few enough bits.
func (n *number) short(raw []byte, value float64) bool {
	if _, err := strconv.ParseInt(string(raw), 10, n.bits); err == nil {
		return true
	}
	limit := math.Ldexp(1, n.bits-1)
	return value != math.Trunc(value) || isWrittenLong(raw) && -limit <= value && value < limit
}

// isWrittenLong reports whether a number is written with a fraction or an exponent, which may be empty: 1.0, 1e3.
func isWrittenLong(raw []byte) bool { return bytes.ContainsAny(raw, ".eE") }

func (b bound) holds(value float64) bool {
	switch {
	case value == b.limit:
		return !b.excluding
	case b.upper:
		return value < b.limit
	default:
		return value > b.limit
	}
}

// mostDigits is how long a number may be that is divided as it is written. Others are divided as the nearest float64.
const mostDigits = 40

// divides reports whether a number is a multiple, exactly: 19.99 is one of 0.01, though not in binary.
func (n *number) divides(raw []byte, value float64) bool {
	if math.IsInf(value, 0) {
		return false
	}
	text := string(raw)
	if len(text) > mostDigits || bytes.ContainsAny(raw, "eE") {
		text = strconv.FormatFloat(value, 'f', -1, 64)
	}
	exact, ok := new(big.Rat).SetString(text)
	return ok && exact.Quo(exact, n.multiple).IsInt()
}

// text is what is said of texts.
type text struct {
	least, most           int // characters; most is below nothing where there is no bound
	leastWords, mostWords string
	pattern               *regexp.Regexp
	patternWords          string
	format                func(text []byte) bool
	formatWords           string
}

func (t *text) check(w *walk, at int) {
	said := w.tree.string(at)
	if t.least > 0 || t.most >= 0 {
		n := utf8.RuneCount(said)
		if n < t.least {
			w.fail(invalid, t.leastWords)
		}
		if t.most >= 0 && n > t.most {
			w.fail(tooLong, t.mostWords)
		}
	}
	if t.pattern != nil && !t.pattern.Match(said) {
		w.fail(invalid, t.patternWords)
	}
	if t.format != nil && !t.format(said) {
		w.fail(invalid, t.formatWords)
	}
}

// array is what is said of arrays.
type array struct {
	first                 []*schema // of the first elements
	items                 *schema   // of the others
	least, most           int       // elements; most is below nothing where there is no bound
	leastWords, mostWords string
	unique                bool
	contains              *schema
	leastFit, mostFit     int // how many elements are as contains says
	containsWords         string
}

func (a *array) check(w *walk, at int) {
	n := 0
	for below := at + 1; below < w.tree.nodes[at].next && !w.enough(); below = w.tree.nodes[below].next {
		if n < len(a.first) {
			w.element(a.first[n], n, below)
		} else {
			w.element(a.items, n, below)
		}
		n++
	}
	if w.enough() {
		return
	}
	if n < a.least {
		w.fail(invalid, a.leastWords)
	}
	if a.most >= 0 && n > a.most {
		w.fail(tooLong, a.mostWords)
	}
	if a.unique && w.repeated(at) {
		w.fail(invalid, "must not have the same element twice")
	}
	if a.contains != nil && !a.holds(w, at) {
		w.fail(invalid, a.containsWords)
	}
}

func (a *array) holds(w *walk, at int) bool {
	n := 0
	for below := at + 1; below < w.tree.nodes[at].next; below = w.tree.nodes[below].next {
		if w.fits(a.contains, below) {
			n++
		}
	}
	return n >= a.leastFit && (a.mostFit < 0 || n <= a.mostFit)
}

// repeated reports whether two elements are equal.
func (w *walk) repeated(at int) bool {
	seen := make(map[string]bool)
	for below := at + 1; below < w.tree.nodes[at].next; below = w.tree.nodes[below].next {
		key := w.tree.canonical(below)
		if seen[key] {
			return true
		}
		seen[key] = true
	}
	return false
}
