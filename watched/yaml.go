package watched

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
)

// Validator reports every mistake in what was read, by its path.
type Validator interface {
	Validate(fail func(path, message string))
}

// YAML reads one strict YAML document into a struct of text, lists, structs and whatever reads text (encoding.TextUnmarshaler),
// such as a time.Time in RFC 3339's form, and validates it. It is a function for Open to parse with.
//
// Unknown and repeated members are refused, and so is text that YAML would take for something else: 0123 would become 83. So are
// anchors, aliases and tags, by which a short file would mean a very long one, and a file without a value: somebody has emptied
// it, or is about to write it. Errors say where, and never quote the file.
func YAML[T Validator](data []byte) (T, error) {
	var content T
	if err := readYAML(data, &content); err != nil {
		return *new(T), err
	}
	if err := firstMistake(content); err != nil {
		return *new(T), err
	}
	return content, nil
}

func readYAML(data []byte, into any) error {
	if !utf8.Valid(data) {
		return errors.New("it is not UTF-8 text") // The parser would put another character in its place.
	}
	file, err := parser.ParseBytes(bytes.TrimPrefix(data, []byte("\ufeff")), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return syntaxMistake(err)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return errors.New("it holds nothing")
	}
	if len(file.Docs) > 1 {
		return errors.New("it must hold one YAML document alone")
	}
	return decode(file.Docs[0].Body, reflect.ValueOf(into).Elem())
}

// syntaxMistake leaves out what the parser says, which may quote the file.
func syntaxMistake(err error) error {
	syntax, ok := errors.AsType[yaml.Error](err)
	if !ok || syntax.GetToken() == nil || syntax.GetToken().Position == nil {
		return errors.New("it is not YAML")
	}
	return fmt.Errorf("line %d: it is not YAML", syntax.GetToken().Position.Line)
}

// firstMistake is one of them, and how many more there are: a long list of them would flood a log.
func firstMistake(v Validator) error {
	var first string
	var count int
	v.Validate(func(path, message string) {
		if count == 0 {
			first = path + ": " + message
		}
		count++
	})
	switch count {
	case 0:
		return nil
	case 1:
		return errors.New(first)
	}
	return fmt.Errorf("%s; and mistakes more: %d", first, count-1)
}
