package config

import "github.com/goccy/go-yaml/ast"

// aliases finds what each alias (*name) stands for.
type aliases struct {
	anchors map[string]ast.Node
	targets map[*ast.AliasNode]ast.Node
}

// aliasTargets walks the file in its order. An anchor counts from its end on, so that none can hold itself, and an alias of
// an anchor that is not there has no target.
func aliasTargets(body ast.Node) map[*ast.AliasNode]ast.Node {
	a := aliases{anchors: make(map[string]ast.Node), targets: make(map[*ast.AliasNode]ast.Node)}
	a.walk(body)
	return a.targets
}

func (a aliases) walk(node ast.Node) {
	switch node := node.(type) {
	case *ast.MappingNode:
		for _, pair := range node.Values {
			a.walk(pair.Value)
		}
	case *ast.SequenceNode:
		for _, item := range node.Values {
			a.walk(item)
		}
	case *ast.AnchorNode:
		a.walk(node.Value)
		a.anchors[node.Name.GetToken().Value] = node.Value
	case *ast.AliasNode:
		if target, ok := a.anchors[node.Value.GetToken().Value]; ok {
			a.targets[node] = target
		}
	}
}
