package routing

// node is a place in the tree of a host's patterns. Each segment leads one step down.
type node struct {
	literals map[string]*node
	param    *node
	end      *leaf // of the patterns that end here
	rest     *leaf // of those that take all that follows
}

// place is where the leaf of a pattern belongs.
func (n *node) place(segments []segment) **leaf {
	for _, s := range segments {
		switch s.kind {
		case literal:
			n = n.literal(s.text)
		case param:
			if n.param == nil {
				n.param = new(node)
			}
			n = n.param
		case rest:
			return &n.rest
		}
	}
	return &n.end
}

func (n *node) literal(text string) *node {
	if n.literals == nil {
		n.literals = make(map[string]*node)
	}
	if n.literals[text] == nil {
		n.literals[text] = new(node)
	}
	return n.literals[text]
}

// walk visits the leaves that a path leads to from its segment i on, the most specific first, until one is taken. It meets no
// node twice, so it takes at most as many steps as there are nodes, whatever the path.
func (n *node) walk(p *path, i int, visit func(*leaf) bool) bool {
	if n == nil {
		return false
	}
	if i == p.count {
		return n.end != nil && visit(n.end)
	}
	text := p.segment(i)
	if n.literals[text].walk(p, i+1, visit) {
		return true
	}
	if text != "" && n.param.walk(p, i+1, visit) {
		return true
	}
	return n.rest != nil && visit(n.rest)
}
