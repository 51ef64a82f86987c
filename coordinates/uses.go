package coordinates

// Uses are the coordinates that an operation uses.
type Uses map[string]Use

// Use is how sure it is that something is used.
type Use uint8

// Written is what stands in the document, whatever its @skip and @include say. Possible is what the document leaves open: the
// fields of an input that comes by a variable, the values of an enumeration that comes by one or is read.
const (
	Possible Use = iota + 1
	Written
)

// Has reports whether a coordinate is used, or can be.
func (u Uses) Has(coordinate string) bool { return u[coordinate] != 0 }

func (u Uses) add(coordinate string, how Use) { u[coordinate] = max(u[coordinate], how) }
