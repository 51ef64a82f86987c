package describe

import (
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/concierge-gateway/concierge/jsonschema"
)

// operation is what is said of a method on a path.
type operation struct {
	id, name   string
	method     string
	summary    string
	notes      []string
	deprecated bool
	sunset     time.Time
	parameters []parameter
	body       *content
	answers    []answer
	needs      []need
	hosts      []string // empty where any will do
}

// content is a body.
type content struct {
	required bool
	media    string
	schema   jsonschema.Schema // nil where nothing is known
	examples []example
}

// example is a body that fits.
type example struct {
	name, summary string
	value         any
}

// answer is what comes with a status.
type answer struct {
	status      string
	description string
	problem     bool
	headers     object
	content     []content
}

// need is what a caller must bring.
type need struct {
	nothing bool
	scopes  []string
}

// describe says what an endpoint does for a method on one of its paths.
func (b *book) describe(e *Endpoint, w way, method string) (*operation, error) {
	o := &operation{method: method, summary: e.Summary, deprecated: !e.Deprecated.IsZero() || !e.Sunset.IsZero(), sunset: e.Sunset}
	o.conditions(e.Rule, w)
	o.ends(e)
	o.callers(e)
	if e.Operation != nil {
		b.composed(o, e)
	} else if err := b.route(o, e, w); err != nil {
		return nil, err
	}
	o.refusals(e)
	slices.SortStableFunc(o.answers, func(x, y answer) int { return strings.Compare(x.status, y.status) }) // digits before default
	return o, nil
}

// ends notes when the endpoint ends.
func (o *operation) ends(e *Endpoint) {
	if !e.Deprecated.IsZero() {
		o.note("Deprecated from " + day(e.Deprecated) + " on.")
	}
	if !e.Sunset.IsZero() {
		o.note("Not answered from " + day(e.Sunset) + " on.")
	}
}

func (o *operation) note(sentence string) {
	if sentence != "" && !slices.Contains(o.notes, sentence) {
		o.notes = append(o.notes, sentence)
	}
}

// callers notes who may call. A token is of use where none is needed, too: what is shown may depend on it.
func (o *operation) callers(e *Endpoint) {
	if !e.SignedIn && len(e.Scopes) == 0 {
		o.needs = append(o.needs, need{nothing: true})
	}
	o.needs = append(o.needs, need{scopes: e.Scopes})
}

// refusals are the problems that every endpoint can answer with.
func (o *operation) refusals(e *Endpoint) {
	if e.SignedIn || len(e.Scopes) > 0 {
		o.refuse(http.StatusUnauthorized)
	}
	if len(e.Scopes) > 0 || e.Forbids {
		o.refuse(http.StatusForbidden)
	}
	if o.body != nil {
		o.refuse(http.StatusBadRequest)
	}
	if e.Conceals || slices.ContainsFunc(o.parameters, func(p parameter) bool { return p.in == inPath }) {
		o.refuse(http.StatusNotFound)
	}
	if !e.Sunset.IsZero() {
		o.refuse(http.StatusGone)
	}
	if e.Limited {
		o.refuse(http.StatusTooManyRequests)
	}
}

// identifier is a name for programs: the operation's own, or getV1UsersById.
func (o *operation) identifier(path string) string {
	if o.name != "" {
		return o.name
	}
	words := []string{strings.ToLower(o.method)}
	for segment := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(segment, "{") {
			words = append(words, "By")
		}
		for _, word := range strings.FieldsFunc(segment, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			first, size := utf8.DecodeRuneInString(word)
			words = append(words, string(unicode.ToUpper(first))+word[size:])
		}
	}
	return strings.Join(words, "")
}
