package record

import "strings"

// Unknown stands for every value that this gateway does not know yet. Without it an unknown value would reach the client as an
// empty string, which is in no schema.
const Unknown = "UNKNOWN"

// EnumOf finds a service's value, in whatever case it writes it, among those the schema knows.
func EnumOf[E ~string](value []byte, known ...E) E {
	upper := E(strings.ToUpper(string(value)))
	for _, each := range known {
		if each == upper {
			return each
		}
	}
	return Unknown
}
