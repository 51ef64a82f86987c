package config

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// onlyDocument is the one document of the file; nil where there is none, or where a mistake was reported.
func onlyDocument(data []byte, r *report) *ast.DocumentNode {
	if p, ok := invalidUTF8(data); ok {
		r.atf(p, "", "is not UTF-8 text")
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		syntaxMistake(err, data, r)
		return nil
	}
	for i, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() == ast.DirectiveType {
			r.atf(placeOf(doc.Body), "", "directives such as %%YAML are not read: leave them out")
			return nil
		}
		if i > 0 {
			r.atf(documentPlace(doc), "", "a second document begins here: the file must hold only one")
			return nil
		}
	}
	if len(file.Docs) == 0 {
		return nil
	}
	return file.Docs[0]
}

func documentPlace(doc *ast.DocumentNode) place {
	if doc.Start == nil && doc.Body != nil {
		return placeOf(doc.Body)
	}
	return tokenPlace(doc.Start)
}

// syntaxMistake reports what the parser says without the excerpt that it adds: that may show a secret.
func syntaxMistake(err error, data []byte, r *report) {
	syntax, ok := errors.AsType[yaml.Error](err)
	if !ok {
		r.atf(place{1, 1}, "", "is not YAML")
		return
	}
	p, hint := tokenPlace(syntax.GetToken()), ""
	if strings.Contains(line(data, p.line), "${") {
		hint = " (within [ ] and { }, put quotes around ${VARIABLES})"
	}
	r.atf(p, "", "is not YAML: %s%s", syntax.GetMessage(), hint)
}

// line is a line of the file by its number.
func line(data []byte, number int) string {
	lines := strings.Split(string(data), "\n")
	if number < 1 || number > len(lines) {
		return ""
	}
	return lines[number-1]
}

// invalidUTF8 finds the first byte that is none, because the parser would put another character in its place.
func invalidUTF8(data []byte) (place, bool) {
	p := place{1, 1}
	for len(data) > 0 {
		char, size := utf8.DecodeRune(data)
		if char == utf8.RuneError && size == 1 {
			return p, true
		}
		p.column++
		if char == '\n' {
			p = place{p.line + 1, 1}
		}
		data = data[size:]
	}
	return place{}, false
}

// describe names a node's kind as the file's author would.
func describe(node ast.Node) string {
	switch node.(type) {
	case *ast.MappingNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.BoolNode:
		return "true or false"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	}
	return "text"
}

// placeOf is where a node begins. The parser gives a block mapping the place of its first colon.
func placeOf(node ast.Node) place {
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		return placeOf(m.Values[0].Key)
	}
	return tokenPlace(node.GetToken())
}

func tokenPlace(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{1, 1}
	}
	return place{t.Position.Line, t.Position.Column}
}
