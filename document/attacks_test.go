package document

import (
	"fmt"
	"slices"
)

// attack is a document that wants more than its share, and by which reason the default limits refuse it.
type attack struct {
	name   string
	text   string
	reason string
}

// full is as many texts as fit into the bytes that are allowed, between two others.
func full(before, text, after string) string {
	room := int(DefaultLimits().Bytes) - len(before) - len(after)
	return before + times(room/len(text), text) + after
}

// few is as many texts of so many tokens as fit into the tokens that are allowed, with some to spare for what is around them.
func few(tokensOfEach int, before, text, after string) string {
	return before + times((DefaultLimits().Tokens-50)/tokensOfEach, text) + after
}

func attacks() []attack {
	return slices.Concat(attacksByFields(), attacksByFragments(), attacksByNesting(), attacksByNumber(), attacksByText())
}

func attacksByFields() []attack {
	numberedFields := func(n int, format string) string { return "{me{" + numbered(n, format) + "}}" }
	return []attack{
		{"aliases", numberedFields(1600, "a%d:id "), "fields"},
		{"few aliases", numberedFields(60, "a%d:id "), "aliases"},
		{"aliases at the root", "{" + numbered(45, "a%d:me{id} ") + "}", "root_fields"},
		{"aliases in a fragment spread often", "{me{" + times(40, "...f ") + "}} fragment f on User{" + numbered(10, "a%d:id ") + "}", "aliases"},
		{"aliases of long names", numberedFields(60, times(1000, "a")+"%d:id "), "aliases"},
		{"4000 times __typename", "{" + times(4000, "__typename ") + "}", "fields"},
		{"as many __typename as fit", full("{", "__typename ", "}"), "tokens"},
		{"__typename below one field", "{me{" + times(490, "__typename ") + "}}", "comparisons"},
		{"__typename of an alias", "{me{" + times(1600, "a:__typename ") + "}}", "fields"},
		{"conflicting fields", "{me{" + times(200, "a:id a:name ") + "}}", "aliases"},
		{"conflicts below conflicts", "{me{" + times(40, "orders{nodes{id}}orders{nodes{id name}}") + "}}", "comparisons"},
		{"introspection within itself", "{__schema" + nested(40, "{types{fields{type", "{name}", "}}}") + "}", "depth"},
		{"introspection repeated", "{" + times(40, "__schema{types{name fields{name type{name}}}} ") + "}", "root_fields"},
	}
}

func attacksByFragments() []attack {
	ring := func(n int) string {
		return "{...f0}" + repeat(n, func(i int) string {
			return fmt.Sprintf("fragment f%d on Query{...f%d}", i, (i+1)%n)
		})
	}
	return []attack{
		{"a fragment within itself", "{...a} fragment a on Query{...a}", "cycle"},
		{"a ring of fragments", ring(50), "cycle"},
		{"a ring of too many fragments", ring(600), "fragments"},
		{"fragments that all spread all", "{...f0}" + repeat(50, func(i int) string {
			return fmt.Sprintf("fragment f%d on Query{%s}", i, numbered(30, "...f%d "))
		}), "cycle"},
		{"spreads of a cycle", few(2, "{...a} fragment a on Query{", "...a ", "}"), "cycle"},
		{"fragments that each spread the next twice", "{me{...f0}}" + chain(50, 2, "id"), "fields"},
		{"fragments that each spread the next thirty times", "{me{...f0}}" + chain(50, 30, "id"), "fields"},
		{"fragments that spread nothing exponentially", "{me{...f0}}" + chain(50, 30, "...nobody"), "nodes"},
		{"fragments that spread values", "{me{...f0}}" + chain(40, 2, "orders(first:[1,2,3]){pageInfo{hasNextPage}}"), "fields"},
		{"fragments that nest", "{...f0}" + repeat(49, func(i int) string {
			return fmt.Sprintf("fragment f%d on Query{me{...f%d}}", i, i+1)
		}) + "fragment f49 on Query{me{id}}", "depth"},
		{"spreads of one fragment", few(2, "{me{", "...f ", "}} fragment f on User{id}"), "fields"},
		{"spreads of one fragment in operations", times(900, "{...f}") + "fragment f on Query{me{id} me{name}}", "nodes"},
		{"spreads of unknown fragments", "{" + numbered(2400, "...f%d ") + "}", "comparisons"},
		{"inline fragments within each other", nested(990, "{...", "{id}", "}"), "nodes"},
		{"inline fragments side by side", few(4, "{me{", "...{id}", "}}"), "fields"},
		{"fields in inline fragments", "{me" + nested(300, "{...", "{"+times(490, "id ")+"}", "}") + "}", "nodes"},
		{"fields in few inline fragments", "{me" + nested(20, "{...", "{"+times(200, "id ")+"}", "}") + "}", "comparisons"},
	}
}

func attacksByNesting() []attack {
	value := func(n int, before, inner, after string) string {
		return "{me(a:" + nested(n, before, inner, after) + ")}"
	}
	return []attack{
		{"fields", nested(990, "{a", "", "}"), "depth"},
		{"fields, deeper than the parser goes", nested(1600, "{a", "{b}", "}"), "syntax"},
		{"fields without an end", times(30_000, "{a"), "syntax"},
		{"braces", times(60_000, "{"), "syntax"},
		{"lists in a value", value(990, "[", "1", "]"), "depth"},
		{"lists in a value without an end", "{me(a:" + times(60_000, "["), "syntax"},
		{"objects in a value", value(990, "{a:", "1", "}"), "depth"},
		{"objects in a value without an end", "{me(a:" + times(20_000, "{a:"), "syntax"},
		{"lists in a type", "query($a:" + nested(990, "[", "I", "]") + "){me}", "depth"},
		{"lists in a type without an end", "query($a:" + times(60_000, "["), "syntax"},
		{"lists in a default", "query($a:I=" + nested(990, "[", "", "]") + "){me}", "depth"},
		{"lists in a directive", "{me @a(b:" + nested(990, "[", "", "]") + ")}", "depth"},
		{"parentheses", "{me" + times(60_000, "(") + "}", "syntax"},
	}
}

func attacksByNumber() []attack {
	return []attack{
		{"members of a list", full("{me(a:[", "1 ", "])}"), "tokens"},
		{"members of a list spread often", "{" + times(15, "...f ") + "} fragment f on Query{me(a:[" + times(2000, "1 ") + "])}", "nodes"},
		{"lists in a list", "{me(a:[" + times(1500, "[]") + "]) me(b:[" + times(40, "1 ") + "])}", "comparisons"},
		{"members of an object", full("{me(a:{", "b:1 ", "})}"), "tokens"},
		{"members of an object spread often", "{...f ...f ...f ...f} fragment f on Query{me(a:{" + numbered(1500, "b%d:1 ") + "})}", "nodes"},
		{"arguments", full("{me(", "a:1 ", ")}"), "tokens"},
		{"arguments compared", "{me(" + times(700, "a:1 ") + ") me(" + times(700, "b:1 ") + ")}", "comparisons"},
		{"variables", "query(" + numbered(5000, "$a%d:I ") + "){me}", "tokens"},
		{"variables with a default", "query(" + times(330, "$a:I={a:[1]} ") + "){me{" + times(490, "id ") + "}}", "comparisons"},
		{"directives", few(2, "{me", "@a", "}"), "directives"},
		{"directives on variables", few(6, "query(", "$a:I@b", "){me}"), "directives"},
		{"directives with arguments", few(7, "{me", "@a(b:1)", "}"), "directives"},
		{"more directives than tokens", full("{me", "@a", "}"), "tokens"},
		{"fragments", "{me}" + numbered(690, "fragment f%d on User{id}"), "fragments"},
		{"fragments of one name", "{me}" + times(690, "fragment f on User{id}"), "fragments"},
		{"more fragments than tokens", "{me}" + numbered(2000, "fragment f%d on User{id}"), "tokens"},
		{"operations", full("", "{m}", ""), "tokens"},
		{"named operations", numbered(2000, "query q%d{me}"), "tokens"},
		{"operations with directives", few(5, "", "{m@a}", ""), "directives"},
		{"operations of a large fragment", few(4, "", "{...f}", "fragment f on Query{"+numbered(4, "f%d ")+"}"), "nodes"},
	}
}

func attacksByText() []attack {
	return []attack{
		{"comments", full("", "#\n", "{me}"), "tokens"},
		{"one comment too long", full("#", "a", "") + "aaaa\n{me}", "bytes"},
		{"commas", full("", ",", "{"), "syntax"},
		{"lines", full("", "\n", "{"), "syntax"},
		{"byte order marks", full("", "\uFEFF", "{"), "syntax"},
		{"a string without an end", full(`{me(a:"`, "a", ""), "syntax"},
		{"escapes without an end", full(`{me(a:"`, `\n`, ""), "syntax"},
		{"braced escapes without an end", full(`{me(a:"`, `\u{0`, ""), "syntax"},
		{"a block string without an end", full(`{me(a:"""`, "a\n", ""), "syntax"},
		{"quotes in a block string", full(`{me(a:"""`, `""a`, ""), "syntax"},
		{"escaped quotes in a block string", full(`{me(a:"""`, `\"""`, ""), "syntax"},
		{"indents of a block string", full(`{me(a:"""`, times(250, " ")+"\n", `""")`), "syntax"},
		{"lines of a block string", full(`{me(a:"""`, "\n", `""")`), "syntax"},
		{"strings without an end after many tokens", few(1, "{me(a:[", "1 ", "") + `"`, "syntax"},
		{"a name", full("", "a", ""), "syntax"},
		{"a number", full("{me(a:", "1", ""), "syntax"},
		{"a number with a mistake", full("{me(a:1.", "0", "e)}"), "syntax"},
		{"letters that are none", full("", "ä", ""), "syntax"},
		{"bytes that are no letters", "{" + times(20_000, "\xff") + "}", "syntax"},
		{"zeros", full("{", "\x00", "}"), "syntax"},
		{"megabytes", "{" + times(4<<20, "a ") + "}", "bytes"},
	}
}
