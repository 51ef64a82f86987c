package tests

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"github.com/concierge-gateway/concierge/wire"
)

// spoiledRecords are ways in which one record can be other than the contract says, or be spelt unlike others.
func spoiledRecords() map[string]func(by *rand.Rand, record *node) {
	return map[string]func(*rand.Rand, *node){
		"another type": func(by *rand.Rand, record *node) { somewhere(by, record, anywhere).set(one(by, otherTypes())) },
		"null":         func(by *rand.Rand, record *node) { somewhere(by, record, anywhere).set("null") },
		"missing":      func(by *rand.Rand, record *node) { somewhere(by, record, anywhere).remove() },
		"twice":        spoilTwice,
		"escaped name": func(by *rand.Rand, record *node) {
			p := somewhere(by, record, isMember)
			p.in.names[p.at] = escaped(by, p.in.names[p.at])
		},
		"escaped text": func(by *rand.Rand, record *node) {
			p := somewhere(by, record, isText)
			p.set(escaped(by, p.raw()))
		},
		"bad text": func(by *rand.Rand, record *node) { somewhere(by, record, isText).set(within(by, one(by, badTexts()))) },
		"bad name": func(by *rand.Rand, record *node) {
			p := somewhere(by, record, isMember)
			p.in.names[p.at] = within(by, one(by, badTexts()))
		},
		"odd text":   func(by *rand.Rand, record *node) { somewhere(by, record, isText).set(within(by, one(by, oddTexts()))) },
		"odd number": func(by *rand.Rand, record *node) { somewhere(by, record, isNumber).set(one(by, oddNumbers())) },
		"odd moment": func(by *rand.Rand, record *node) { somewhere(by, record, isMoment).set(one(by, oddMoments())) },
		"odd word":   func(by *rand.Rand, record *node) { somewhere(by, record, isWord).set(one(by, oddWords())) },
		"odd id":     func(by *rand.Rand, record *node) { somewhere(by, record, isID).set(one(by, oddIDs())) },
		"odd list":   spoilList,
		"more":       spoilMore,
		"shuffled":   spoilOrder,
	}
}

// somewhere is a place that suits, or any where none does: more often one that the gateway shows. A record has at least its id.
func somewhere(by *rand.Rand, record *node, suits func(p position) bool) position {
	all := record.places()
	if len(all) == 0 {
		record.kind, record.names, record.items = '{', []string{`"id"`}, []*node{{raw: "1"}}
		all = record.places()
	}
	shown := func(p position) bool { return shownMembers()[p.name()] }
	for i, wanted := range []func(position) bool{suits, shown} {
		some := slices.DeleteFunc(slices.Clone(all), func(p position) bool { return !wanted(p) })
		if len(some) > 0 && (i == 0 || by.IntN(10) > 0) {
			all = some
		}
	}
	return one(by, all)
}

// shownMembers are the names of members that fields of the schema are made of.
var shownMembers = sync.OnceValue(func() map[string]bool {
	fields, err := wire.Read(schema())
	if err != nil {
		panic(err)
	}
	names := make(map[string]bool)
	for field := range fields.All() {
		for _, member := range field.Members {
			names[strings.TrimPrefix(member, "/")] = true
		}
	}
	return names
})

func one[T any](by *rand.Rand, of []T) T { return of[by.IntN(len(of))] }

func anywhere(position) bool   { return true }
func isMember(p position) bool { return p.in.kind == '{' }
func isText(p position) bool   { return strings.HasPrefix(p.raw(), `"`) }
func isNumber(p position) bool { return p.raw() != "" && strings.Trim(p.raw(), "-0123456789.") == "" }
func isMoment(p position) bool { return strings.HasSuffix(p.name(), "_at") }
func isID(p position) bool     { return strings.HasSuffix(p.name(), "id") }

func isWord(p position) bool {
	return slices.Contains([]string{"status", "role", "method", "currency", "category", "card_number"}, p.name())
}

// spoilTwice says a member again, with the same value or another, before or behind the others.
func spoilTwice(by *rand.Rand, record *node) {
	p := somewhere(by, record, isMember)
	if p.in.kind != '{' {
		return
	}
	name, value := p.in.names[p.at], p.in.items[p.at].copied()
	switch by.IntN(3) {
	case 0:
		value = &node{raw: one(by, otherTypes())}
	case 1:
		name = escaped(by, name)
	}
	p.in.add(by.IntN(len(p.in.items)+1), name, value)
}

// spoilList changes a list within the record, or makes one.
func spoilList(by *rand.Rand, record *node) {
	p := somewhere(by, record, func(p position) bool { return p.in.items[p.at].kind == '[' })
	list := p.in.items[p.at]
	switch at := by.IntN(len(list.items) + 1); by.IntN(5) {
	case 0:
		list.kind, list.raw = '[', ""
		list.add(at, `"0"`, &node{raw: "null"})
		list.names = nil
	case 1:
		p.set("[]")
	case 2:
		p.set("{}")
	case 3:
		p.set("[" + one(by, otherTypes()) + "]")
	case 4:
		p.in.items[p.at] = &node{kind: '[', items: []*node{list}}
	}
}

// spoilMore adds a member that nobody knows, or whose name is nearly known.
func spoilMore(by *rand.Rand, record *node) {
	p := somewhere(by, record, isMember)
	if p.in.kind != '{' {
		return
	}
	name := one(by, []string{
		`"more"`, `""`, `"\u0000"`, `"` + strings.ToUpper(p.name()) + `"`, `"` + p.name() + ` "`, `"x` + p.name() + `"`,
		`"/` + p.name() + `"`, `"` + strings.Repeat("long", 100) + `"`, `"` + strings.ReplaceAll(p.name(), "_", "") + `"`,
	})
	value := one(by, append(otherTypes(), strings.Repeat("[", 200)+strings.Repeat("]", 200), `{"a":[{"b":[{"id":1},"]"]},"}\""]}`))
	p.in.add(by.IntN(len(p.in.items)+1), name, &node{raw: value})
}

// spoilOrder shuffles the members of the record, or of a part of it.
func spoilOrder(by *rand.Rand, record *node) {
	in := somewhere(by, record, isMember).in
	by.Shuffle(len(in.items), func(i, j int) {
		in.items[i], in.items[j] = in.items[j], in.items[i]
		if in.kind == '{' {
			in.names[i], in.names[j] = in.names[j], in.names[i]
		}
	})
}

// escaped spells some characters of a text in quotes by their numbers.
func escaped(by *rand.Rand, text string) string {
	if len(text) < 3 || text[0] != '"' || strings.Contains(text, `\`) {
		return text
	}
	var out strings.Builder
	for _, c := range text[1 : len(text)-1] {
		if c > 0xffff || by.IntN(3) > 0 {
			out.WriteRune(c)
			continue
		}
		fmt.Fprintf(&out, one(by, []string{`\u%04x`, `\u%04X`}), c)
	}
	return `"` + out.String() + `"`
}

// within is a text in quotes that has something in it.
func within(by *rand.Rand, odd string) string {
	return `"` + one(by, []string{"", "a", "Main Street 1"}) + odd + one(by, []string{"", "z", " \\n"}) + `"`
}
