package tool

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/variables"
)

const directiveName = "tool"

// mark is what makes an operation a tool, and what it says of it.
type mark struct {
	name, title, description string
	scopes                   []string
	mutation                 *bool // these three are nil where they are not given
	destructive              *bool
	idempotent               *bool
}

// ofDirective reads @tool. The document is valid, so that only variables can be in the place of constants.
func ofDirective(directive *ast.Directive) (*mark, []string) {
	given := make(map[string]any)
	var wrong []string
	for _, argument := range directive.Arguments {
		value, err := argument.Value.Value(nil)
		if err != nil || !variables.Constant(argument.Value) {
			wrong = append(wrong, argument.Name+" must be the same for every call: no variable")
			continue
		}
		if _, one := value.(string); one && argument.Name == "scopes" {
			value = []any{value} // which stands for a list of it (GraphQL, section 3.11)
		}
		given[argument.Name] = value
	}
	m, more := read(given)
	return m, append(wrong, more...)
}

var errNoMark = errors.New(`"tool" must be true or an object`)

// ofManifest reads the member "tool" of a manifest's entry.
func ofManifest(text string) (*mark, []string) {
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return nil, []string{errNoMark.Error()} // two members of one name, say
	}
	switch value := value.(type) {
	case map[string]any:
		return read(value)
	case bool:
		if value {
			return new(mark), nil
		}
	}
	return nil, []string{errNoMark.Error()}
}

// read reads members, which are told from what is wrong with them. Null is as good as nothing, as in GraphQL.
func read(given map[string]any) (*mark, []string) {
	m := new(mark)
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if given[name] == nil {
			continue
		}
		if err := m.set(name, given[name]); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	return m, wrong
}

func (m *mark) set(name string, value any) error {
	switch name {
	case "name":
		return m.setName(value)
	case "title":
		return text(&m.title, name, value)
	case "description":
		return text(&m.description, name, value)
	case "scopes":
		return m.setScopes(value)
	case "mutation":
		return truth(&m.mutation, name, value)
	case "destructive":
		return truth(&m.destructive, name, value)
	case "idempotent":
		return truth(&m.idempotent, name, value)
	default:
		return fmt.Errorf("a tool has no member %.40q", name)
	}
}

// names are what all clients and models take.
var names = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

var errNoName = errors.New("a tool's name is 1 to 64 letters, digits, _, - and dots")

func (m *mark) setName(value any) error {
	if err := text(&m.name, "name", value); err != nil {
		return err
	}
	if !names.MatchString(m.name) {
		return errNoName
	}
	return nil
}

func (m *mark) setScopes(value any) error {
	list, is := value.([]any)
	if !is {
		return errors.New("scopes must be a list of texts")
	}
	for _, each := range list {
		scope, is := each.(string)
		if !is || scope == "" || strings.ContainsFunc(scope, notInScope) {
			return errors.New("a scope is a word without blanks, such as orders:read")
		}
		m.scopes = append(m.scopes, scope)
	}
	return nil
}

// notInScope is all but what a scope is made of by RFC 6749, section 3.3.
func notInScope(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' }

func text(to *string, name string, value any) error {
	given, is := value.(string)
	if !is {
		return fmt.Errorf("%s must be a text", name)
	}
	*to = strings.TrimSpace(given)
	return nil
}

func truth(to **bool, name string, value any) error {
	given, is := value.(bool)
	if !is {
		return fmt.Errorf("%s must be true or false", name)
	}
	*to = &given
	return nil
}
