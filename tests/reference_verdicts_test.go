package tests

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"mime"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"
)

// TestTheReferenceJudgesDocumentsAlike sends documents that were damaged by chance. The gateway parses and validates by gqlparser,
// the reference by graphql-js: both refuse the same, at the same stage, and what is refused is answered as the specifications say.
// More are sent by
//
//	REFERENCE_DOCUMENTS=20000 REFERENCE_SEED=2 go test ./tests -run TestTheReferenceJudges -timeout 30m
func TestTheReferenceJudgesDocumentsAlike(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	r := startReferred(t)
	number, seed := numberIn(t, "REFERENCE_DOCUMENTS", 300), numberIn(t, "REFERENCE_SEED", 1)
	group := new(errgroup.Group)
	group.SetLimit(runtime.GOMAXPROCS(0))
	var mu sync.Mutex
	stages := make(map[string]int)
	var failed []error
	for n := range number {
		group.Go(func() error {
			stage, err := r.judged(t, newDamaged(seed, n))
			mu.Lock()
			defer mu.Unlock()
			stages[stage]++
			if err != nil {
				failed = append(failed, err)
			}
			return nil
		})
	}
	_ = group.Wait() // what failed was gathered
	for _, err := range failed[:min(len(failed), 20)] {
		t.Error(err)
	}
	t.Logf("%d documents: %v; %d differ", number, stages, len(failed))
	for _, stage := range []string{"parse", "validate", "variables", "run"} {
		if stages[stage]*20 < number {
			t.Errorf("%d of %d documents end at %q: too few", stages[stage], number, stage)
		}
	}
}

// judged compares the verdicts on a document, and looks at the form of the answer.
func (r *referred) judged(t *testing.T, c trial) (stage string, err error) {
	t.Helper()
	got, err := r.byGateway(t, c)
	if err != nil {
		return "", fmt.Errorf("%s\nthe gateway: %w", c, err)
	}
	want, err := r.byReference(c, "judge")
	if err != nil {
		return "", fmt.Errorf("%s\nthe reference: %w", c, err)
	}
	if err := got.wellFormed(want.Stage); err != nil {
		return "", fmt.Errorf("%s\n%w: %d %s", c, err, got.reply.status, got.reply.body)
	}
	if got.limited() {
		return "limited", nil
	}
	stage = want.Stage
	if stage == "operation" || stage == "variables" {
		stage = "validate"
	}
	if got.stage() != stage && !deviates(c, &got, &want) {
		return want.Stage, fmt.Errorf("%s\nthe gateway's verdict is %s: %d %.600s\nthe reference's is %s: %q", c, got.stage(), got.reply.status, got.reply.body, want.Stage, want.Messages)
	}
	return want.Stage, nil
}

// stage is where the gateway ended with a request. It has one code for what does not fit the schema, be it in the document, in the
// operation's name or in the variables.
func (a *referredAnswer) stage() string {
	switch {
	case a.data != "":
		return "run"
	case slices.Contains(a.codes, "GRAPHQL_PARSE_FAILED"):
		return "parse"
	default:
		return "validate"
	}
}

// wellFormed is an error where an answer is none that the specifications allow to a request that should end at a stage.
func (a *referredAnswer) wellFormed(stage string) error {
	media, _, err := mime.ParseMediaType(a.reply.header.Get("Content-Type"))
	switch {
	case err != nil || media != "application/graphql-response+json":
		return fmt.Errorf("the media type is %q", media)
	case a.data != "":
		if a.reply.status != http.StatusOK {
			return fmt.Errorf("what was executed has the status %d", a.reply.status)
		}
		return nil
	case a.Data != nil:
		return errors.New("what was refused has data")
	case len(a.codes) == 0:
		return errors.New("there is neither data nor an error")
	case a.reply.status != http.StatusBadRequest:
		return fmt.Errorf("what was refused has the status %d", a.reply.status)
	case slices.Contains(a.codes, ""):
		return errors.New("an error has no code")
	case a.mute:
		return errors.New("an error has no message")
	case a.lost && stage != "operation" && !a.limited(): // which the whole document is about
		return errors.New("an error has no location")
	}
	return nil
}

// deviates reports whether it is known why the verdicts differ:
//
//   - gqlparser's grammar of documents has no definitions of types. The specification parses them, and then says that they are none
//     that can be executed. Both refuse.
//   - gqlparser takes variables where values are constant, in directives of variables, none of which there is. Both refuse.
//   - gqlparser reads an escaped half of a surrogate pair as U+FFFD, as encoding/json does in variables. To the specification it is no
//     string.
//   - A variable for @skip or @include may be sent as null if it has a default. graphql-js fails while it executes, and has null as
//     data; the gateway refuses before it asks any service.
//   - JavaScript cannot tell 1e3 from 1000. The gateway keeps numbers as they are written, and takes none with an exponent for an Int.
func deviates(c trial, got, want *referredAnswer) bool {
	ours, theirs := string(got.reply.body), strings.Join(want.Messages, "\n")
	switch got.stage() {
	case "parse":
		return strings.Contains(theirs, "definition is not executable")
	case "validate":
		return strings.Contains(theirs, "in constant value") || strings.Contains(theirs, "Invalid Unicode escape sequence") ||
			strings.Contains(ours, "@skip and @include need a variable that is not null") ||
			strings.Contains(ours, "is not of its type") && strings.Contains(c.variables, "1e3")
	default:
		return strings.Contains(theirs, "Invalid Unicode escape sequence")
	}
}

// words are what documents are made of, apart from blanks.
var words = regexp.MustCompile(`"""(?s:.*?)"""|"(?:\\.|[^"\\\n])*"|\.\.\.|[$@]?[_A-Za-z]\w*|-?\d[\d.eE+-]*|[^\s,]`)

// newDamaged is the document of a seed and a number, which was valid until something was changed: of some, nothing, and of some
// the variables.
func newDamaged(seed, number int) trial {
	sound, fitting := number%8 == 0, number%8 != 1
	c := newReading(seed, number, fitting)
	for again := 1; len(c.query) > 1500; again++ { // a short one shows more clearly what is wrong
		c = newReading(seed<<16|again, number, fitting)
	}
	if c.why = fmt.Sprintf("Document %d of seed %d.", number, seed); sound || !fitting {
		return c
	}
	by := rand.New(rand.NewPCG(uint64(seed)<<8|1, uint64(number)))
	for range 1 + by.IntN(2) {
		change := damagedSense
		switch by.IntN(12) {
		case 0:
			change = damagedBytes
		case 1:
			change = damagedWords
		}
		c.query = change(by, c.query)
	}
	return c
}

// damagedBytes changes a byte.
func damagedBytes(by *rand.Rand, text string) string {
	if text == "" {
		return text
	}
	at := by.IntN(len(text))
	const some = "{}()[]:!$@=|&.\"\\#, \n\x00\t_aZ09-+eE\ufeff\u00e9"
	other := string(some[by.IntN(len(some))])
	switch by.IntN(3) {
	case 0:
		return text[:at] + text[at+1:]
	case 1:
		return text[:at] + other + text[at:]
	default:
		return text[:at] + other + text[at+1:]
	}
}

// damagedWords leaves out a word, says it twice, or puts another in its place.
func damagedWords(by *rand.Rand, text string) string {
	at := words.FindAllStringIndex(text, -1)
	if len(at) == 0 {
		return text
	}
	place, other := one(by, at), one(by, at)
	head, word, tail := text[:place[0]], text[place[0]:place[1]], text[place[1]:]
	switch by.IntN(4) {
	case 0:
		return head + tail
	case 1:
		return head + word + " " + word + tail
	case 2:
		return head + text[other[0]:other[1]] + " " + tail
	default:
		return head + one(by, slices.Concat(otherNames(), otherValues(), otherSelections(), otherDefinitions())) + " " + tail
	}
}

// places are where something of a kind may stand in a document: what comes before it.
var (
	aName      = regexp.MustCompile(`[_A-Za-z]\w*`)
	aValue     = regexp.MustCompile(`: *("[^"]*"|\$\w+|-?\d+|true|false|null)`)
	aSelection = regexp.MustCompile(`\{ `)
	aField     = regexp.MustCompile(`[ {][a-z]\w*( [}a-z]|$)`)
	aType      = regexp.MustCompile(`\b(ID|Int|String|Boolean)\b!?`)
)

// damagedSense keeps the grammar, mostly, and changes what a document says.
func damagedSense(by *rand.Rand, text string) string {
	within := func(pattern *regexp.Regexp, group int) (head, tail string) {
		at := pattern.FindAllStringSubmatchIndex(text, -1)
		if len(at) == 0 {
			return text, ""
		}
		place := one(by, at)
		return text[:place[2*group]], text[place[2*group+1]:]
	}
	switch by.IntN(8) {
	case 0:
		head, tail := within(aName, 0)
		return head + one(by, otherNames()) + tail
	case 1:
		head, tail := within(aName, 0)
		return head + one(by, aName.FindAllString(text, -1)) + tail
	case 2:
		head, tail := within(aValue, 1)
		return head + one(by, otherValues()) + tail
	case 3, 4:
		_, tail := within(aSelection, 0)
		return text[:len(text)-len(tail)] + one(by, otherSelections()) + " " + tail
	case 5:
		_, tail := within(aField, 1)
		return text[:len(text)-len(tail)] + one(by, append(otherArguments(), otherDirectives()...)) + " " + tail
	case 6:
		head, tail := within(aType, 0)
		return head + one(by, otherTypeNames()) + tail
	default:
		return text + " " + one(by, otherDefinitions())
	}
}

func otherNames() []string {
	return []string{"id", "name", "orders", "user", "User", "Order", "Query", "nothing", "on", "fragment", "true", "null", "F0", "F1", "v0", "v9", "if", "__typename", "__schema"}
}

func otherTypeNames() []string {
	return []string{"ID", "ID!", "Int", "Int!", "[Int!]!", "User", "Nothing", "String", "Boolean", "PaymentMethod", "PlaceOrderInput", "ID = 1", "ID! = null", `Int = "1"`, "Int = 1.0", "Int @nothing", "Int @skip(if: true)"}
}

func otherValues() []string {
	return []string{
		"1", "-1", "1.5", "1e2", "01", "99999999999", `"text"`, `"""block"""`, "PENDING", "true", "null", "$v0", "$v1", "$nobody", "[1]", "[]", "[[1]]", "{a: 1}", "{a: 1, a: 2}", "{}",
		`"\u{1F600}"`, `"\uD83D\uDE00"`, `"\uD800"`, `"\q"`, `"\u00e9"`, `"`,
	}
}

func otherArguments() []string {
	return []string{
		"(id: 1)", `(id: "x")`, "(id: 1.5)", "(id: true)", "(id: PENDING)", "(id: null)", "(id: [1])", "(first: 1)", `(first: "1")`, "(first: null)", "(first: 99999999999)", "(first: $v0)",
		"(first: $nobody)", "(nobody: 1)", "(id: 1, id: 2)", "()", "(first: 1, nothing: 2)", "{ id }", ": id",
	}
}

func otherDirectives() []string {
	return []string{
		"@skip(if: true)", "@skip(if: true) @skip(if: false)", "@include(if: $v0)", `@include(if: "yes")`, "@include(if: null)", "@skip", "@nothing", "@deprecated", "@stream",
		`@specifiedBy(url: "x")`, "@oneOf", "@skip(if: true, unless: false)", "@skip(if: $nobody)", "@skip()",
	}
}

func otherSelections() []string {
	return append([]string{
		"__typename", "__typename { id }", "__nothing", "__schema { queryType { name } }", `__type(name: "User") { name }`, "__type { name }", "id", "name", "a: id", "a: name", "id: name",
		"name: __typename", "orders { nodes { id } }", "orders(first: 1) { nodes { id } }", "orders", "me { id }", "me { }", "user(id: 1) { id }", "user { id }", "...F0", "...F1", "...Nobody", "... { id }",
		"... on User { id }", "... on Money { amount }", "... on Query { me { id } }", "... on Nothing { id }", "... on PlaceOrderInput { id }", "... on ID { id }", "...", "... on", "price { amount }",
		"price: name", "payment(id: 1) { order { id: status id } }", `order(id: 1) { a: total { amount } a: total { currency } b: id ... on Order { b: status } }`,
		"order(id: 1) { ... @include(if: true) { c: id } ... @skip(if: true) { c: status } }", "users(first: 1) { nodes { a: role } nodes { a: status } }",
		`placeOrder(input: {items: [], shippingAddress: {street: "", city: "", zip: ""}}) { order { id } }`,
	}, otherDirectives()...)
}

func otherDefinitions() []string {
	return []string{
		"fragment X on User { id }", "fragment F0 on User { id }", "fragment Y on Int { id }", "fragment Y on Nothing { id }", "fragment Z on User { ...Z }",
		"fragment Z on User { orders { nodes { user { ...Z } } } }", "fragment Y on User @skip(if: true) { id }", "query Main { me { id } }", "query Further { me { id } }", "{ me { id } }",
		"type User { id: ID }", "schema { query: Query }", "extend type User { x: ID }", "directive @x on FIELD", "mutation M { cancelOrder(id: 1) { order { id } } }",
		"mutation M { payOrder(input: {orderId: 1, method: CARD, nothing: 1}) { payment { id } } }", "mutation M { payOrder(input: {orderId: 1}) { payment { id } } }",
		`mutation M { payOrder(input: {orderId: 1, method: "CARD"}) { payment { id } } }`, "mutation M($i: PayOrderInput!) { payOrder(input: $i) { payment { id } } }",
		"query V($a: Int, $a: Int) { me { id } }", "query V($a: Int) { me { id } }", "query V($a: User) { me { id } }", "query V($a: [ID]) { user(id: $a) { id } }", "query V($a: ID) { user(id: $a) { id } }",
		"query V($a: ID = null) { user(id: $a) { id } }", "query V($a: ID = 1) { user(id: $a) { id } }", "query V($a: Int!) { users(first: $a) { nodes { id } } }", "query V($a: Int) @skip(if: true) { me { id } }",
		`query V($a: PayOrderInput = {orderId: 1}) { me { id } }`, "#x", "subscription S { __typename }", "fragment W on User { id(x: 1) }", "query V { ...W } fragment W on Query { me { id } me { id: name } }",
	}
}
