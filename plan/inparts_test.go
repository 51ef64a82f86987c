package plan_test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/incremental"
	"github.com/concierge-gateway/concierge/plan"
)

// fresh is a context for the errors of one response.
func fresh(ctx context.Context) context.Context {
	return graphql.WithResponseContext(ctx, present, recovered)
}

// inParts are the payloads of a query, as they are sent. There are none where nothing is deferred.
func (s *site) inParts(t testing.TB, format incremental.Format, who auth.Principal, query string) (
	payloads []string, denials []string,
) {
	t.Helper()
	return s.inPartsUpTo(t, plan.MostPlaces, format, who, query)
}

// inPartsUpTo is inParts where only so many places are announced.
func (s *site) inPartsUpTo(t testing.TB, most int, format incremental.Format, who auth.Principal, query string) (
	payloads []string, denials []string,
) {
	t.Helper()
	operation := s.operation(t, query, nil)
	divided := s.planner.CompileInParts(operation)
	if divided == nil {
		return nil, nil
	}
	ctx, told := s.begin(t.Context(), who)
	ctx, cancel := context.WithCancel(graphql.WithOperationContext(ctx, operation))
	answer := s.planner.RunInParts(ctx, divided, format, fresh)
	answer.Announce(most)
	for p := answer.Next(); p != nil; p = answer.Next() {
		payloads = append(payloads, string(format.Encode(p)))
	}
	cancel()
	answer.Close()
	return payloads, told()
}

// merged is the answer that payloads come to.
type merged struct {
	wrong     []string
	format    incremental.Format
	data      any
	errors    []string
	open      map[string][]any // paths of what is pending, by id
	doubled   []string         // places that were sent twice
	announced int
}

func merge(t testing.TB, format incremental.Format, payloads []string) *merged {
	t.Helper()
	m := &merged{format: format, open: make(map[string][]any)}
	for i, text := range payloads {
		var p map[string]any
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if more := p["hasNext"] == true; more == (i == len(payloads)-1) {
			m.failsf("payload %d of %d says that more follow: %t", i, len(payloads), more)
		}
		m.payload(p, i == 0)
	}
	if len(m.open) > 0 {
		m.failsf("%v are left open by %s", m.open, payloads)
	}
	slices.Sort(m.errors)
	return m
}

func (m *merged) failsf(format string, args ...any) {
	m.wrong = append(m.wrong, fmt.Sprintf(format, args...))
}

func (m *merged) payload(p map[string]any, first bool) {
	if _, has := p["data"]; has != first {
		m.failsf("the first payload, and no other, has data: %v", p)
	}
	if first {
		m.data = p["data"]
	}
	m.blame(p["errors"])
	for _, each := range items(p["pending"]) {
		m.announced++
		m.open[each["id"].(string)] = path(each["path"])
		if at(m.data, path(each["path"])) == nil && !m.comes(p, path(each["path"])) {
			m.failsf("%v is pending where nothing is", each["path"])
		}
	}
	for _, each := range items(p["incremental"]) {
		where := path(each["path"])
		if m.format == incremental.Current {
			base, known := m.open[each["id"].(string)]
			if !known {
				m.failsf("%v was not pending", each)
			}
			where = append(slices.Clone(base), path(each["subPath"])...)
		}
		m.blame(each["errors"])
		into, _ := at(m.data, where).(map[string]any)
		if into == nil {
			m.failsf("%v leads to no object", where)
			continue
		}
		m.into(into, each["data"].(map[string]any), fmt.Sprint(where))
	}
	for _, each := range items(p["completed"]) {
		delete(m.open, each["id"].(string))
		m.blame(each["errors"])
	}
}

// comes reports whether a place is in what the same payload brings.
func (m *merged) comes(p map[string]any, where []any) bool {
	return len(items(p["incremental"])) > 0 && len(where) > 0
}

func (m *merged) into(object, more map[string]any, place string) {
	for name, value := range more {
		known, has := object[name]
		if !has {
			object[name] = value
			continue
		}
		m.doubled = append(m.doubled, place+" "+name)
		m.same(known, value, place+" "+name)
	}
}

// same takes the members of what was sent again.
func (m *merged) same(known, value any, place string) {
	switch known := known.(type) {
	case map[string]any:
		m.into(known, value.(map[string]any), place)
	case []any:
		again := value.([]any)
		if len(again) != len(known) {
			m.failsf("%s has %d and then %d elements", place, len(known), len(again))
			return
		}
		for i := range known {
			m.same(known[i], again[i], place)
		}
	default:
		if !cmp.Equal(known, value) {
			m.failsf("%s is %v and then %v", place, known, value)
		}
	}
}

func (m *merged) blame(errs any) {
	for _, each := range items(errs) {
		code := each["extensions"].(map[string]any)["code"]
		m.errors = append(m.errors, fmt.Sprintf("%v %v", each["path"], code))
	}
}

func items(list any) (all []map[string]any) {
	some, _ := list.([]any)
	for _, each := range some {
		all = append(all, each.(map[string]any))
	}
	return all
}

func path(of any) []any { all, _ := of.([]any); return all }

func at(value any, where []any) any {
	for _, each := range where {
		switch of := value.(type) {
		case map[string]any:
			value = of[each.(string)]
		case []any:
			value = of[int(each.(float64))]
		default:
			return nil
		}
	}
	return value
}

// whole is the same answer in one piece.
func (s *site) whole(t testing.TB, who auth.Principal, query string) (data any, errs, denied []string) {
	t.Helper()
	compiled, operation := s.compiled(t, query, nil)
	ctx, denials := s.begin(t.Context(), who)
	ctx = fresh(graphql.WithOperationContext(ctx, operation))
	text := s.planner.Run(ctx, compiled, nil)
	if err := json.Unmarshal(text, &data); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	for _, each := range graphql.GetErrors(ctx) {
		var shown map[string]any
		told, err := json.Marshal(each)
		if err == nil {
			err = json.Unmarshal(told, &shown)
		}
		if err != nil {
			t.Fatal(err)
		}
		errs = append(errs, fmt.Sprintf("%v %v", shown["path"], shown["extensions"].(map[string]any)["code"]))
	}
	slices.Sort(errs)
	return data, errs, denials()
}

// TestAnAnswerInPartsIsTheWholeAnswer compares answers that come in parts, in both formats, with whole ones: random documents, callers
// and failures, and services that answer in any order.
func TestAnAnswerInPartsIsTheWholeAnswer(t *testing.T) {
	s := open(t)
	divided := 0
	rapid.Check(t, func(rt *rapid.T) {
		w := &drafter{T: rt}
		c := partsCase{
			query: w.document(), who: rapid.SampledFrom([]auth.Principal{anonymous, customer, other, support, machine}).Draw(rt, "who"),
			seed: rapid.Uint32().Draw(rt, "seed"), fails: rapid.IntRange(0, 4).Draw(rt, "fails") == 0,
			most: rapid.SampledFrom([]int{plan.MostPlaces, plan.MostPlaces, 0, 1, 3, 8}).Draw(rt, "most"),
		}
		var wrong []string
		synctest.Test(t, func(t *testing.T) {
			for _, format := range []incremental.Format{incremental.Current, incremental.Of2022} {
				came, differs := c.try(t, s, format)
				divided += came
				wrong = append(wrong, differs)
			}
		})
		if all := strings.Join(wrong, ""); all != "" {
			rt.Fatalf("%s\n%s", c.query, all)
		}
	})
	if divided == 0 {
		t.Error("no answer came in parts")
	}
}

// partsCase is an operation in parts.
type partsCase struct {
	query string
	who   auth.Principal
	seed  uint32 // of how long services take
	fails bool   // whether the payment service does
	most  int    // places that are announced
}

// try is how many payloads came, and what is wrong with them.
func (c partsCase) try(t *testing.T, s *site, format incremental.Format) (came int, wrong string) {
	t.Helper()
	s.before = c.amiss
	data, errs, denied := s.whole(t, c.who, c.query)
	s.before = func(r *http.Request) error {
		time.Sleep(time.Duration(chance(fmt.Sprint(c.seed, r.URL))%7) * time.Millisecond)
		return c.amiss(r)
	}
	s.made()
	payloads, denials := s.inPartsUpTo(t, c.most, format, c.who, c.query)
	if payloads == nil {
		return 0, ""
	}
	m := merge(t, format, payloads)
	calls := s.made()
	if most := s.mostInParts(t, c.query); len(calls) > most {
		m.failsf("%d calls were made where at most %d are reckoned: %s", len(calls), most, calls)
	}
	for what, diff := range map[string]string{
		"data": cmp.Diff(data, m.data), "errors": cmp.Diff(errs, m.errors), "denials": cmp.Diff(denied, denials),
		"keys that were asked for twice": cmp.Diff([]string(nil), askedTwice(calls)),
	} {
		if diff != "" {
			m.wrong = append(m.wrong, what+" (-whole +parts): "+diff)
		}
	}
	if m.announced > c.most {
		m.failsf("%d places are announced, of %d", m.announced, c.most)
	}
	if format == incremental.Current && len(m.doubled) > 0 {
		m.failsf("%v were sent twice", m.doubled)
	}
	if len(m.wrong) > 0 {
		wrong = strings.Join(append(m.wrong, payloads...), "\n")
	}
	return len(payloads), wrong
}

// mostInParts is how many calls an answer in parts is reckoned with: as many for each part as for the whole, but none without a key.
func (s *site) mostInParts(t testing.TB, query string) int {
	t.Helper()
	operation := s.operation(t, query, nil)
	calls, keys := s.planner.Reckon(operation, sizes).Most(nil)
	return min(calls*s.planner.CompileInParts(operation).Lanes(), keys)
}

// amiss has the payment service fail.
func (c partsCase) amiss(r *http.Request) error {
	if c.fails && r.URL.Path == "/payments" {
		return http.ErrServerClosed
	}
	return nil
}

func chance(text string) uint32 {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(text))
	return sum.Sum32()
}

// askedTwice are keys that more than one call asked for in the same way.
func askedTwice(calls []string) (twice []string) {
	seen := make(map[string]bool)
	for _, call := range calls {
		kind, keys, found := strings.Cut(call, "ids=")
		if !found || strings.Contains(call, "limit_each") {
			continue
		}
		for key := range strings.SplitSeq(keys, ",") {
			if seen[kind+key] {
				twice = append(twice, kind+key)
			}
			seen[kind+key] = true
		}
	}
	return twice
}

// drafter writes random queries with deferred fragments.
type drafter struct {
	*rapid.T

	fragments []string
	labels    int
}

// selectable are the fields of each type, with the type that they lead to.
var selectable = map[string][][2]string{
	"Query": {
		{"u7: user(id: 7)", "User"},
		{"u8: user(id: 8)", "User"},
		{"me", "User"},
		{"o71: order(id: 71)", "Order"},
		{"p171: payment(id: 171)", "Payment"},
		{"orders", "OrderConnection"},
		{"two: orders(first: 2)", "OrderConnection"},
		{"of7: orders(userId: 7)", "OrderConnection"},
		{"users(first: 3)", "UserConnection"},
		{"none: order(id: 5)", "Order"},
		{"bad: order(id: 0)", "Order"},
		{"products", "ProductConnection"},
	},
	"User":              {{"id", ""}, {"name", ""}, {"email", ""}, {"phone", ""}, {"address", "Address"}, {"orders(first: 2)", "OrderConnection"}, {"role", ""}},
	"Address":           {{"city", ""}, {"street", ""}},
	"Order":             {{"id", ""}, {"status", ""}, {"total", "Money"}, {"user", "User"}, {"items", "OrderItem"}, {"payment", "Payment"}, {"shippingAddress", "Address"}},
	"Money":             {{"amount", ""}, {"currency", ""}},
	"OrderItem":         {{"quantity", ""}, {"unitPrice", "Money"}, {"product", "Product"}},
	"Product":           {{"id", ""}, {"name", ""}, {"price", "Money"}},
	"ProductConnection": {{"nodes", "Product"}},
	"Payment":           {{"id", ""}, {"status", ""}, {"cardLast4", ""}, {"order", "Order"}, {"amount", "Money"}},
	"OrderConnection":   {{"nodes", "Order"}, {"edges", "OrderEdge"}, {"pageInfo", "PageInfo"}},
	"OrderEdge":         {{"cursor", ""}, {"node", "Order"}},
	"UserConnection":    {{"nodes", "User"}, {"pageInfo", "PageInfo"}},
	"PageInfo":          {{"hasNextPage", ""}, {"endCursor", ""}},
}

func (d *drafter) document() string {
	query := "query { " + d.set("Query", 4) + "}"
	return query + "\n" + strings.Join(d.fragments, "\n")
}

func (d *drafter) n(most int, what string) int { return rapid.IntRange(0, most).Draw(d.T, what) }

// set is a selection of a type.
func (d *drafter) set(of string, depth int) string {
	var b strings.Builder
	b.WriteString("__typename ")
	for range 1 + d.n(2, "fields") {
		b.WriteString(d.field(of, depth))
	}
	if depth > 0 {
		for range d.n(2, "fragments") {
			b.WriteString(d.fragment(of, depth))
		}
	}
	return b.String()
}

func (d *drafter) field(of string, depth int) string {
	f := rapid.SampledFrom(selectable[of]).Draw(d.T, "field")
	switch {
	case f[1] == "":
		return f[0] + " "
	case depth == 0:
		return ""
	default:
		return f[0] + " { " + d.set(f[1], depth-1) + "} "
	}
}

func (d *drafter) fragment(of string, depth int) string {
	directive := ""
	switch d.n(5, "defer") {
	case 0:
	case 1:
		directive = "@defer(if: false) "
	case 2:
		d.labels++
		directive = fmt.Sprintf("@defer(label: \"l%d\") ", d.labels)
	default:
		directive = "@defer "
	}
	switch d.n(3, "spelling") {
	case 0:
		name := fmt.Sprintf("f%d", len(d.fragments))
		d.fragments = append(d.fragments, "")
		at := len(d.fragments) - 1
		d.fragments[at] = "fragment " + name + " on " + of + " { " + d.set(of, depth-1) + "}"
		spread := "..." + name + " " + directive
		if d.n(3, "again") == 0 {
			spread += "..." + name + " "
		}
		return spread
	case 1:
		return "... on " + of + " " + directive + "{ " + d.set(of, depth-1) + "} "
	default:
		return "... " + directive + "{ " + d.set(of, depth-1) + "} "
	}
}
