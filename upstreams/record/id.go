// Package record holds the values that the records of several services are made of: ids, money, addresses, enumerations.
//
// The types decode from the services' JSON and, where GraphQL needs it, write themselves into an answer. Strict reading happens
// here, so that a wrong value is found where it comes in and not where it is used.
package record

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/concierge-gateway/concierge/problem"
)

// ID is the key of a record: a whole number from 1 on the wire, a string in GraphQL.
type ID int64

// maxID is the largest integer that every JSON reader keeps exactly (RFC 8259, section 6).
const maxID = 1<<53 - 1

// ParseID reads the decimal form of an id, without sign or leading zeros.
func ParseID(text string) (ID, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > maxID || text != strconv.FormatInt(n, 10) {
		return 0, problem.New(problem.BadInput, "an id is a whole number from 1")
	}
	return ID(n), nil
}

// String is the decimal form.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// MarshalGQL writes the id as GraphQL's ID: a string.
func (id ID) MarshalGQL(w io.Writer) {
	_, _ = io.WriteString(w, strconv.Quote(id.String())) // the writer is a buffer
}

// UnmarshalGQL reads an ID argument: a string or an integer, as the specification asks.
func (id *ID) UnmarshalGQL(value any) error {
	var err error
	switch v := value.(type) {
	case string:
		*id, err = ParseID(v)
	case json.Number:
		*id, err = ParseID(v.String())
	case int64:
		*id, err = ParseID(strconv.FormatInt(v, 10))
	default:
		err = problem.New(problem.BadInput, fmt.Sprintf("an id is a string or an integer, not a %T", value))
	}
	return err
}

// Any are records of whatever type, by id, without those that there are not.
func Any[T any](records map[ID]*T) map[ID]any {
	found := make(map[ID]any, len(records))
	for id, each := range records {
		if each != nil {
			found[id] = each
		}
	}
	return found
}
