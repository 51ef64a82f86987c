package document

import (
	"errors"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"

	"github.com/concierge-gateway/concierge/problem"
)

// unparsed is the refusal of a text that the parser gave up. The parser's error about too many tokens is the only one that
// names no place.
func (l Limits) unparsed(text string, err error) *refusal {
	syntax, ok := errors.AsType[*gqlerror.Error](err)
	if !ok || len(syntax.Locations) == 0 {
		return l.tooManyTokens()
	}
	if cause := misspelt(text, syntax.Locations[0]); cause != nil {
		syntax = cause
	}
	return &refusal{
		kind:    problem.ParseFailed,
		message: shorten(syntax.Message),
		at:      syntax.Locations,
		reason:  reasonSyntax,
	}
}

func (l Limits) tooManyTokens() *refusal {
	return &refusal{
		kind:    problem.LimitExceeded,
		message: fmt.Sprintf("the document has more than the %d tokens that are allowed", l.Tokens),
		reason:  "tokens",
	}
}

// misspelt is what is wrong with the characters at a place where the parser gave up, or nil if they make a token. Of
// characters that make none the parser says no more than "<Invalid>".
func misspelt(text string, at gqlerror.Location) *gqlerror.Error {
	tokens := lexer.New(&ast.Source{Input: text})
	for {
		token, err := tokens.ReadToken()
		if err != nil {
			wrong, _ := errors.AsType[*gqlerror.Error](err)
			return wrong
		}
		if token.Kind == lexer.EOF || token.Pos.Line == at.Line && token.Pos.Column == at.Column {
			return nil
		}
	}
}
