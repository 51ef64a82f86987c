package tests

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// outcome is all by which one run of a trial can differ from another.
type outcome struct {
	Status  int
	Form    string
	Data    string // byte by byte, empty where there is none
	Errors  []string
	Further string // the extensions
	Calls   []string
	Log     []string

	refused bool // nothing was executed
}

// read takes an answer apart. The order of errors is left open by gqlgen, which runs fields side by side.
func (o *outcome) read(body []byte) error {
	var answer struct {
		Data       json.RawMessage
		Errors     []json.RawMessage
		Extensions map[string]any
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("read the answer %.300q: %w", body, err)
	}
	o.Data, o.refused = string(answer.Data), answer.Data == nil
	for _, each := range answer.Errors {
		var shown any
		if err := json.Unmarshal(each, &shown); err != nil {
			return fmt.Errorf("read an error: %w", err)
		}
		o.Errors = append(o.Errors, inJSON(shown))
	}
	slices.Sort(o.Errors)
	if len(answer.Extensions) > 0 {
		o.Further = inJSON(answer.Extensions)
	}
	return nil
}

// equals compares all that is told outside of this file.
func (o *outcome) equals(other *outcome) bool {
	return o.Status == other.Status && o.Form == other.Form && o.Data == other.Data && o.Further == other.Further &&
		slices.Equal(o.Errors, other.Errors) && slices.Equal(o.Calls, other.Calls) && slices.Equal(o.Log, other.Log)
}

// String is for reports.
func (o *outcome) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "status %d %s\n", o.Status, o.Form)
	fmt.Fprintf(&text, "data %s\n", o.Data)
	for _, each := range o.Errors {
		fmt.Fprintf(&text, "error %s\n", each)
	}
	if o.Further != "" {
		fmt.Fprintf(&text, "extensions %s\n", o.Further)
	}
	for _, each := range o.Calls {
		fmt.Fprintf(&text, "call %s\n", each)
	}
	for _, each := range o.Log {
		fmt.Fprintf(&text, "log %s\n", each)
	}
	return text.String()
}
