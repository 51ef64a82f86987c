package describe

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// matching is a short text that a pattern fits, where it can be told. Patterns are ECMA's, most of which Go reads the same.
func matching(pattern string) (text string, ok bool) {
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return "", false
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", false
	}
	var b strings.Builder
	match(&b, tree)
	return b.String(), expression.MatchString(b.String())
}

// longest bounds how often something is repeated.
const longest = 1000

// match writes the first text that comes to mind.
func match(b *strings.Builder, tree *syntax.Regexp) {
	switch tree.Op {
	case syntax.OpLiteral:
		b.WriteString(string(tree.Rune))
	case syntax.OpCharClass:
		b.WriteString(oneOf(tree.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('x')
	case syntax.OpCapture, syntax.OpPlus:
		match(b, tree.Sub[0])
	case syntax.OpRepeat:
		for range min(tree.Min, longest) {
			match(b, tree.Sub[0])
		}
	case syntax.OpConcat:
		for _, each := range tree.Sub {
			match(b, each)
		}
	case syntax.OpAlternate:
		match(b, tree.Sub[0])
	default: // what can be empty is
	}
}

// oneOf is a character of a class, a plain one if there is one. The class is pairs of first and last.
func oneOf(class []rune) string {
	for _, plain := range "a0A" {
		for i := 0; i < len(class); i += 2 {
			if class[i] <= plain && plain <= class[i+1] {
				return string(plain)
			}
		}
	}
	if len(class) == 0 {
		return ""
	}
	return string(class[0])
}
