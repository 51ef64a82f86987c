package schemadiff

import (
	"fmt"
	"slices"
	"strings"
)

// maxTouched is how many operations and clients a report names for one change.
const maxTouched = 20

// Report is what a change of the schema does, and to whom.
type Report struct {
	// Changes are all changes, the worst first.
	Changes []Change
	// Evidence is what is known of clients, nil if nobody asked.
	Evidence *Evidence
}

// Count is how many changes there are of a severity.
func (r Report) Count(s Severity) (n int) {
	for _, change := range r.Changes {
		if change.Severity == s {
			n++
		}
	}
	return n
}

// Verdict is an error where the change breaks clients. unusedOK lets breaking changes pass that touch nobody who is known, and
// strict lets dangerous ones not.
func (r Report) Verdict(unusedOK, strict bool) error {
	broken := max(r.Count(Breaking), r.Broken())
	if unusedOK {
		broken = r.Broken()
	}
	switch dangerous := r.Count(Dangerous); {
	case broken > 0:
		return fmt.Errorf("compare the schemas: breaking changes: %d", broken)
	case strict && dangerous > 0:
		return fmt.Errorf("compare the schemas: dangerous changes: %d", dangerous)
	default:
		return nil
	}
}

// Broken is how many breaking changes touch somebody who is known, and how many operations are not valid any more of which no
// such change tells.
func (r Report) Broken() int {
	if r.Evidence == nil {
		return r.Count(Breaking)
	}
	n := len(r.unexplained())
	for _, change := range r.Changes {
		if change.Severity == Breaking && len(r.Evidence.touched(change)) > 0 {
			n++
		}
	}
	return n
}

// unexplained are the operations that are not valid any more, though no breaking change touches them: what the gateway asks of
// operations beyond the language.
func (r Report) unexplained() []Operation {
	if r.Evidence == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Evidence.Operations), func(o Operation) bool {
		return o.Refused == "" || slices.ContainsFunc(r.Changes, func(c Change) bool {
			return c.Severity == Breaking && touches(c, o.Uses)
		})
	})
}

// Text is a line for each change, with those whom it touches below it, and the sum of all.
func (r Report) Text() string {
	var b strings.Builder
	for _, change := range r.Changes {
		fmt.Fprintf(&b, "%s%s: %s %s (%s)\n", change.place(), change.Severity, change.Coordinate, change.Message, change.Kind)
		if r.Evidence != nil && change.Severity > Safe {
			r.writeTouched(&b, change)
		}
	}
	if r.Evidence != nil {
		for _, operation := range r.Evidence.Operations {
			if operation.Refused != "" {
				fmt.Fprintf(&b, "not valid any more: %s: %s\n", operation, operation.Refused)
			}
		}
	}
	fmt.Fprintf(&b, "%d breaking, %d dangerous and %d safe changes\n", r.Count(Breaking), r.Count(Dangerous), r.Count(Safe))
	return b.String()
}

func (c Change) place() string {
	switch {
	case c.File == "":
		return ""
	case c.Before:
		return fmt.Sprintf("%s:%d (old): ", c.File, c.Line)
	default:
		return fmt.Sprintf("%s:%d: ", c.File, c.Line)
	}
}

func (r Report) writeTouched(b *strings.Builder, change Change) {
	touched := r.Evidence.touched(change)
	for _, each := range touched[:min(len(touched), maxTouched)] {
		fmt.Fprintf(b, "    touches %s\n", each)
	}
	if more := len(touched) - maxTouched; more > 0 {
		fmt.Fprintf(b, "    and %d more\n", more)
	}
	if len(touched) == 0 {
		b.WriteString("    no known operation or client uses it\n")
	}
}
