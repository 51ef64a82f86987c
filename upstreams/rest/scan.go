package rest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// split cuts a body into its records: the elements of a list, or the one record that it is. The records alias the body.
func split(body jsontext.Value) ([]jsontext.Value, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(body))
	if dec.PeekKind() == '{' {
		if !body.IsValid() {
			return nil, errors.New("the record is not JSON")
		}
		return []jsontext.Value{body}, nil
	}
	if token, err := dec.ReadToken(); err != nil || token.Kind() != '[' {
		return nil, fmt.Errorf("read list: %w", orNotA("list", err))
	}
	var records []jsontext.Value
	for dec.PeekKind() == '{' {
		value, err := dec.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("read record %d: %w", len(records), err)
		}
		end := dec.InputOffset()
		records = append(records, body[end-int64(len(value)):end])
	}
	if token, err := dec.ReadToken(); err != nil || token.Kind() != ']' {
		return nil, fmt.Errorf("read record %d: %w", len(records), orNotA("record", err))
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the end of the list: %w", orNotA("end", err))
	}
	return records, nil
}

func orNotA(what string, err error) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("this is not a %s", what)
}

// keyOf reads the id that one member of a record holds. The record must be valid JSON.
func keyOf(raw jsontext.Value, name string) (record.ID, error) {
	value, ok := member(raw, name)
	if !ok {
		return 0, fmt.Errorf("the record has no %s", name)
	}
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("the record's %s is not an id", name)
	}
	return record.ID(n), nil
}

// member finds a member's value in a valid JSON object. It stops there: ids come first in most records, and a decoder for each
// record would cost more than decoding it.
func member(object []byte, name string) (value []byte, ok bool) {
	i := skipSpace(object, 1) // behind the brace
	for i < len(object) && object[i] == '"' {
		start := i
		i = skipValue(object, i)
		found := isName(object[start:i], name)
		i = skipSpace(object, skipSpace(object, i)+1) // behind the colon
		start = i
		i = skipValue(object, i)
		if found {
			return object[start:i], true
		}
		i = skipSpace(object, i)
		if object[i] == ',' {
			i = skipSpace(object, i+1)
		}
	}
	return nil, false
}

func isName(quoted []byte, name string) bool {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1:len(quoted)-1]) == name
	}
	unquoted, err := jsontext.AppendUnquote(nil, quoted)
	return err == nil && string(unquoted) == name
}

func skipSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}

// skipValue returns where the value that begins at i ends.
func skipValue(text []byte, i int) int {
	switch text[i] {
	case '"':
		return skipString(text, i)
	case '{', '[':
		return skipNested(text, i)
	}
	for i < len(text) && text[i] != ',' && text[i] != '}' && text[i] != ']' && skipSpace(text, i) == i {
		i++
	}
	return i
}

func skipString(text []byte, i int) int {
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func skipNested(text []byte, i int) int {
	depth := 0
	for i < len(text) {
		switch text[i] {
		case '"':
			i = skipString(text, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		i++
		if depth == 0 {
			return i
		}
	}
	return i
}
