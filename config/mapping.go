package config

import "github.com/goccy/go-yaml/ast"

// entry is one key of a mapping.
type entry struct {
	name  string
	place place
	value ast.Node
}

// entries lists the keys of a mapping: its own, and those that a merge key (<<: *name) adds.
func (d *decoder) entries(path string, node ast.Node) []entry {
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		d.failf(path, "must be a mapping of keys to values, not %s", describe(node))
		return nil
	}
	var own []entry
	var merges []*ast.MappingValueNode
	for _, pair := range mapping.Values {
		if pair.Key.IsMergeKey() {
			merges = append(merges, pair)
			continue
		}
		if e, ok := d.entry(path, pair); ok {
			own = append(own, e)
		}
	}
	d.reportRepeated(path, own)
	all := withDefaults(own, d.merged(path, merges))
	for _, e := range all {
		d.places[join(path, e.name)] = e.place
	}
	return all
}

func (d *decoder) entry(path string, pair *ast.MappingValueNode) (entry, bool) {
	key, ok := pair.Key.(*ast.StringNode)
	if !ok {
		d.atf(placeOf(pair.Key), path, "has a key that is not text")
		return entry{}, false
	}
	return entry{name: key.Value, place: placeOf(key), value: pair.Value}, true
}

// merged are the entries of the mapping that a merge key names. YAML 1.1 allows several there; they are refused, because each
// could name several more, and a short file would mean a very long one.
func (d *decoder) merged(path string, merges []*ast.MappingValueNode) []entry {
	if len(merges) == 0 {
		return nil
	}
	alias, ok := merges[0].Value.(*ast.AliasNode)
	if !ok || len(merges) > 1 {
		last := merges[len(merges)-1]
		d.atf(placeOf(last.Key), path, "takes over one mapping at most: << must stand once, with one alias such as *name")
		return nil
	}
	target, ok := d.resolve(path, alias)
	if !ok {
		return nil
	}
	return d.entries(path, target)
}

func (d *decoder) reportRepeated(path string, entries []entry) {
	lines := make(map[string]int)
	for _, e := range entries {
		if first, ok := lines[e.name]; ok {
			d.atf(e.place, join(path, e.name), "is given twice, first in line %d", first)
			continue
		}
		lines[e.name] = e.place.line
	}
}

// withDefaults are own, and what of defaults it has not.
func withDefaults(own, defaults []entry) []entry {
	given := make(map[string]bool)
	for _, e := range own {
		given[e.name] = true
	}
	for _, e := range defaults {
		if !given[e.name] {
			given[e.name] = true
			own = append(own, e)
		}
	}
	return own
}
