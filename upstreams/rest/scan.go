package rest

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// mostExpected bounds the room that is made for records that are not seen yet.
const mostExpected = 128

// split cuts a body into its records: the elements of a list, or the one record that it is. The records alias the body.
//
// It looks at where records begin and end, and at what stands between them. What stands in a record is for those to validate who
// read it: else it would be done twice, and in records that nobody wants.
func split(body jsontext.Value) ([]jsontext.Value, error) {
	i := skipSpace(body, 0)
	if at(body, i) != '{' {
		return splitList(body)
	}
	end, ok := newObjects(body).end(i)
	if !ok {
		return nil, errors.New("the record has no end")
	}
	return []jsontext.Value{body[i:end]}, nothingFrom(body, end)
}

// splitList is split where only a list is an answer.
func splitList(body jsontext.Value) ([]jsontext.Value, error) {
	i := skipSpace(body, 0)
	if at(body, i) != '[' {
		return nil, errors.New("this is not a list")
	}
	if i = skipSpace(body, i+1); at(body, i) == ']' {
		return []jsontext.Value{}, nothingFrom(body, i+1)
	}
	var records []jsontext.Value
	objects := newObjects(body)
	for at(body, i) == '{' {
		end, ok := objects.end(i)
		if !ok {
			return nil, fmt.Errorf("record %d has no end", len(records))
		}
		if records == nil { // the others may be as long
			records = make([]jsontext.Value, 0, min(len(body)/(end-i), mostExpected))
		}
		records = append(records, body[i:end])
		switch i = skipSpace(body, end); at(body, i) {
		case ',':
			i = skipSpace(body, i+1)
		case ']':
			return records, nothingFrom(body, i+1)
		default:
			return nil, fmt.Errorf("nothing parts record %d from the next", len(records)-1)
		}
	}
	return nil, fmt.Errorf("read record %d: this is not a record", len(records))
}

// nothingFrom is an error where more stands in a text than space.
func nothingFrom(body []byte, i int) error {
	if skipSpace(body, i) < len(body) {
		return errors.New("more follows on the answer")
	}
	return nil
}

// keyOf reads the id that one member of a record holds.
func keyOf(raw jsontext.Value, name string) (record.ID, error) {
	if id, ok := firstID(raw, name); ok {
		return id, nil
	}
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

// firstID reads an id that is the first member of a record, spelt as most services do.
func firstID(raw []byte, name string) (id record.ID, ok bool) {
	from := len(`{"`) + len(name)
	if len(raw) < from+len(`":`) || raw[1] != '"' || string(raw[2:from]) != name || raw[from] != '"' || raw[from+1] != ':' {
		return 0, false
	}
	from += len(`":`)
	end := from
	for end < len(raw) && raw[end]-'0' <= 9 {
		id = id*10 + record.ID(raw[end]-'0')
		end++
	}
	return id, id > 0 && end-from <= 18 && (at(raw, end) == ',' || at(raw, end) == '}')
}

// member finds a member's value in a JSON object. It stops there: ids come first in most records. What is no valid JSON may have
// any value, or none.
func member(object []byte, name string) (value []byte, ok bool) {
	i := skipSpace(object, 1) // behind the brace
	for at(object, i) == '"' {
		start := i
		i = skipString(object, i)
		found := isName(object[start:i], name)
		if i = skipSpace(object, i); at(object, i) != ':' {
			return nil, false
		}
		start = skipSpace(object, i+1)
		if i = skipValue(object, start); found {
			return object[start:i], true
		}
		if i = skipSpace(object, i); at(object, i) != ',' {
			return nil, false
		}
		i = skipSpace(object, i+1)
	}
	return nil, false
}

func isName(quoted []byte, name string) bool {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return len(quoted) == len(name)+2 && string(quoted[1:len(quoted)-1]) == name
	}
	unquoted, err := jsontext.AppendUnquote(nil, quoted)
	return err == nil && string(unquoted) == name
}
