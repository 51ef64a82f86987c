package document

import (
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// What an answer to an invalid document says at most. Who reads it can do nothing with more.
const (
	maxErrors       = 50
	maxMessageBytes = 500
)

// Rules are the rules that documents are validated by: those of the GraphQL specification, with short answers. They go to
// handler.Server's SetValidationRulesFn; SetDisableSuggestion must be left alone, or two of the rules are put back.
//
// They suggest no names. Comparing a name of 60 KB with those of the schema takes 90 ms, and suggestions tell the schema to
// those from whom introspection is withheld. GraphiQL makes its own.
//
// They report the first 50 errors, each in 500 bytes. Otherwise an answer can be a hundred times the question.
func Rules() *rules.Rules {
	left := maxErrors
	short := rules.NewRules()
	for name, rule := range rules.NewDefaultRules().GetInner() {
		short.AddRule(name, func(observers *core.Events, addError core.AddErrFunc) {
			silent(name, rule)(observers, func(options ...core.ErrorOption) {
				if left > 0 {
					left--
					addError(append(options, shortenMessage)...)
				}
			})
		})
	}
	return short
}

// silent is the variant of a rule that suggests nothing.
func silent(name string, rule core.RuleFunc) core.RuleFunc {
	switch name {
	case rules.FieldsOnCorrectTypeRule.Name:
		return rules.FieldsOnCorrectTypeRuleWithoutSuggestions.RuleFunc
	case rules.KnownArgumentNamesRule.Name:
		return rules.KnownArgumentNamesRuleWithoutSuggestions.RuleFunc
	case rules.KnownTypeNamesRule.Name:
		return rules.KnownTypeNamesRuleWithoutSuggestions.RuleFunc
	case rules.ScalarLeafsRule.Name:
		return rules.ScalarLeafsRuleWithoutSuggestions.RuleFunc
	case rules.ValuesOfCorrectTypeRule.Name:
		return withLiterals(rules.ValuesOfCorrectTypeRuleWithoutSuggestions.RuleFunc)
	default:
		return rule
	}
}

func shortenMessage(err *gqlerror.Error) { err.Message = shorten(err.Message) }

// shorten cuts a message that quotes a document, between two characters.
func shorten(message string) string {
	if len(message) <= maxMessageBytes {
		return message
	}
	end := maxMessageBytes
	for end > 0 && !utf8.RuneStart(message[end]) {
		end--
	}
	return message[:end] + "…"
}
