package openapi

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// value is what stands at a place: a mapping, a list, or a scalar.
type value struct {
	line    int
	names   []string
	members map[string]*value
	items   []*value
	scalar  any
}

// deepest bounds how deep values stand within each other.
const deepest = 100

func read(text []byte) (*value, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("is not UTF-8 text")
	}
	file, err := parser.ParseBytes(bytes.TrimPrefix(text, []byte("\ufeff")), 0)
	if err != nil {
		return nil, syntaxError(err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, errors.New("is not one YAML document")
	}
	return (&reader{anchors: make(map[string]*value)}).value(file.Docs[0].Body, 0)
}

// syntaxError leaves out the excerpt that the parser adds.
func syntaxError(err error) error {
	syntax, ok := errors.AsType[yaml.Error](err)
	if !ok || syntax.GetToken() == nil {
		return errors.New("is not YAML")
	}
	return fmt.Errorf("is not YAML: line %d: %s", syntax.GetToken().Position.Line, syntax.GetMessage())
}

// reader turns the parser's nodes into values.
type reader struct{ anchors map[string]*value }

func (r *reader) value(node ast.Node, depth int) (*value, error) {
	if node == nil || node.GetToken() == nil {
		return nil, errors.New("holds a value that cannot be read")
	}
	v := &value{line: node.GetToken().Position.Line}
	if depth > deepest {
		return nil, fmt.Errorf("line %d: stands more than %d values deep", v.line, deepest)
	}
	switch node := node.(type) {
	case *ast.MappingNode:
		return v, r.mapping(v, node.Values, depth)
	case *ast.MappingValueNode:
		return v, r.mapping(v, []*ast.MappingValueNode{node}, depth)
	case *ast.SequenceNode:
		return v, r.list(v, node.Values, depth)
	case *ast.AnchorNode:
		return r.anchor(node, depth)
	case *ast.AliasNode:
		if target := r.anchors[node.Value.GetToken().Value]; target != nil {
			return target, nil
		}
		return nil, fmt.Errorf("line %d: no anchor of this name stands above", v.line)
	}
	var ok bool
	if v.scalar, ok = scalar(node); !ok {
		return nil, fmt.Errorf("line %d: a %s is not read", v.line, node.Type())
	}
	return v, nil
}

func (r *reader) mapping(into *value, pairs []*ast.MappingValueNode, depth int) error {
	into.members = make(map[string]*value, len(pairs))
	for i, pair := range pairs {
		token := pair.Key.GetToken()
		if pair.Key.IsMergeKey() || token == nil {
			return fmt.Errorf("line %d: merge keys are not read", into.line)
		}
		below, err := r.value(pair.Value, depth+1)
		if err != nil {
			return err
		}
		if i == 0 {
			into.line = token.Position.Line // the parser gives a mapping the place of its first colon
		}
		at := *below
		at.line = token.Position.Line // a member is where its name is
		into.names = append(into.names, token.Value)
		into.members[token.Value] = &at
	}
	return nil
}

func (r *reader) list(into *value, nodes []ast.Node, depth int) error {
	for _, node := range nodes {
		item, err := r.value(node, depth+1)
		if err != nil {
			return err
		}
		into.items = append(into.items, item)
	}
	return nil
}

// anchor reads a value that has a name. It gets the name afterwards, so that it cannot hold itself.
func (r *reader) anchor(node *ast.AnchorNode, depth int) (*value, error) {
	v, err := r.value(node.Value, depth+1)
	if err == nil {
		r.anchors[node.Name.GetToken().Value] = v
	}
	return v, err
}

func scalar(node ast.Node) (any, bool) {
	switch node := node.(type) {
	case *ast.StringNode:
		return node.Value, true
	case *ast.LiteralNode:
		return node.Value.Value, true
	case *ast.BoolNode:
		return node.Value, true
	case *ast.NullNode:
		return nil, true
	case *ast.FloatNode:
		return node.Value, true
	case *ast.IntegerNode:
		switch n := node.Value.(type) {
		case int64:
			return float64(n), true
		case uint64:
			return float64(n), true
		}
	}
	return nil, false
}
