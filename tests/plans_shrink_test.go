package tests

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// maxTries bounds what is tried to make one trial smaller.
const maxTries = 1500

// shrink makes a trial smaller as long as its answers differ.
func (w *twins) shrink(ctx context.Context, c trial) (trial, error) {
	tries := 0
	for {
		smaller, err := w.smaller(ctx, c, &tries)
		if err != nil || smaller == nil {
			return c, err
		}
		c = *smaller
	}
}

// smaller is the first of the smaller trials whose answers differ, nil if there is none.
func (w *twins) smaller(ctx context.Context, c trial, tries *int) (*trial, error) {
	for each := range c.simpler() {
		*tries++
		if *tries > maxTries {
			return nil, nil
		}
		v, err := w.try(ctx, each)
		if err != nil {
			return nil, err
		}
		if v.differs {
			return &each, nil
		}
	}
	return nil, nil
}

// simpler are trials of which one thing less is to be said, the largest first.
func (c trial) simpler() func(yield func(trial) bool) {
	return func(yield func(trial) bool) {
		for i := range c.mishaps {
			less := c
			less.mishaps = slices.Delete(slices.Clone(c.mishaps), i, i+1)
			if !yield(less) {
				return
			}
		}
		bare, unvaried, quick := c, c, c
		bare.accept, unvaried.variables, quick.slow = "", "", false
		for _, less := range []trial{bare, unvaried, quick} {
			if less.String() != c.String() && !yield(less) {
				return
			}
		}
		for less := range changesOf(c) {
			if less.query != c.query && isValid(less.query) && !yield(less) {
				return
			}
		}
	}
}

func isValid(query string) bool {
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	return err == nil && len(validator.ValidateWithRules(schema(), doc, rules.NewDefaultRules())) == 0
}

// changesOf are trials whose documents differ by one change each. Whatever is then used by nobody is left out, too.
func changesOf(c trial) func(yield func(trial) bool) {
	return func(yield func(trial) bool) {
		for nth := 0; ; nth++ {
			doc, err := parser.ParseQuery(&ast.Source{Input: c.query})
			if err != nil {
				return
			}
			p := &pruner{doc: doc, left: nth, given: make(map[string]json.RawMessage)}
			_ = json.Unmarshal([]byte(c.variables), &p.given) // there may be none
			p.document()
			if p.left >= 0 {
				return // there are no more
			}
			p.clean()
			less := c
			less.query = printed(doc)
			if len(p.given) > 0 {
				less.variables = inJSON(p.given)
			} else {
				less.variables = ""
			}
			if !yield(less) {
				return
			}
		}
	}
}

func printed(doc *ast.QueryDocument) string {
	var text strings.Builder
	formatter.NewFormatter(&text, formatter.WithIndent("  ")).FormatQueryDocument(doc)
	return text.String()
}
