package rest

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
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
	if _, err := dec.ReadToken(); err != io.EOF {
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

// keyOf reads the id that one member of a record holds, and nothing behind that member.
func keyOf(raw jsontext.Value, member string) (record.ID, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw))
	if _, err := dec.ReadToken(); err != nil {
		return 0, fmt.Errorf("read record: %w", err)
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return 0, fmt.Errorf("read member name: %w", err)
		}
		if name.String() == member {
			var key record.ID
			if err := json.UnmarshalDecode(dec, &key); err != nil || key < 1 {
				return 0, fmt.Errorf("the record's %s is not an id", member)
			}
			return key, nil
		}
		if err := dec.SkipValue(); err != nil {
			return 0, fmt.Errorf("skip member: %w", err)
		}
	}
	return 0, fmt.Errorf("the record has no %s", member)
}
