package tests

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/demand"
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
	spent   *demand.Report
}

// withinBounds is an error where more was taken than was reckoned, or where calls were counted that services did not see.
func (o *outcome) withinBounds() error {
	s := o.spent
	switch {
	case s == nil && o.refused:
		return nil
	case s == nil:
		return errors.New("the answer does not say what it took")
	case s.Actual > s.Estimated, s.Calls.Actual > s.Calls.Estimated, s.Keys.Actual > s.Keys.Estimated:
		return fmt.Errorf("more was taken than was reckoned: %+v", *s)
	case s.Calls.Actual < int64(len(o.Calls)):
		return fmt.Errorf("%d calls were made, and counted are %+v", len(o.Calls), *s)
	default:
		return nil
	}
}

// read takes an answer apart. The order of errors is left open by gqlgen, which runs fields side by side.
func (o *outcome) read(body []byte) error {
	var answer struct {
		Data       json.RawMessage
		Errors     []json.RawMessage
		Extensions map[string]any
	}
	var spent struct {
		Extensions struct{ Cost *demand.Report }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("read the answer %.300q: %w", body, err)
	}
	if err := json.Unmarshal(body, &spent); err != nil {
		return fmt.Errorf("read what it cost: %w", err)
	}
	o.spent = spent.Extensions.Cost
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
