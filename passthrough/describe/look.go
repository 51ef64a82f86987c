package describe

import (
	"bytes"
	"strings"

	"github.com/concierge-gateway/concierge/passthrough/reshape"
)

// kind is what a shape lets through.
type kind int

const (
	scalars  kind = iota // texts, numbers, booleans
	known                // objects, with certain members
	anything             // all but certain members
)

// unheardOf is a member that no record has.
const unheardOf = "\x00"

// kindOf finds out what a shape lets through. A shape can be used and not read: so it is asked for members.
func kindOf(shape *reshape.Shape) kind {
	if _, err := shape.With(unheardOf, shape); err != nil {
		return scalars
	}
	if _, through := shape.At(unheardOf); through {
		return anything
	}
	return known
}

// lastOf is how many digits at the end of a number are shown, 0 where it is all of it.
func lastOf(shape *reshape.Shape) int {
	number := []byte(`"` + strings.Repeat("1", 999) + `"`)
	plan, err := reshape.Compile(reshape.Spec{Shape: shape.Open()})
	if err != nil {
		return 0
	}
	shown, err := plan.Append(nil, number, reshape.With{})
	if err != nil || bytes.Equal(shown, number) || bytes.Equal(shown, []byte("null")) {
		return 0
	}
	return len(shown) - len(`""`)
}

// pathTo is the path of a member, as shapes have it (RFC 6901, section 3).
func pathTo(parent, name string) string {
	name = strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
	if parent == "" {
		return name
	}
	return parent + "/" + name
}

// namesOf are the names of a path.
func namesOf(path string) []string {
	names := strings.Split(path, "/")
	for i, name := range names {
		names[i] = strings.ReplaceAll(strings.ReplaceAll(name, "~1", "/"), "~0", "~")
	}
	return names
}
