package reshape

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// split cuts a path such as "address/city" into its names. As in JSON pointers, of which it is one without the first slash, ~1
// stands for a slash in a name and ~0 for a tilde (RFC 6901, section 3).
func split(path string) ([]string, error) {
	names := strings.Split(path, "/")
	for i, name := range names {
		undone, ok := undo(name)
		switch {
		case !ok:
			return nil, fmt.Errorf("path %q: ~ stands only in ~0 and ~1", path)
		case name == "":
			return nil, fmt.Errorf("path %q has an empty name", path)
		case !utf8.ValidString(name):
			return nil, fmt.Errorf("path %q is not UTF-8", path)
		}
		names[i] = undone
	}
	return names, nil
}

// splitPointer cuts a JSON pointer such as "/data/users".
func splitPointer(pointer string) ([]string, error) {
	path, ok := strings.CutPrefix(pointer, "/")
	if !ok {
		return nil, fmt.Errorf("pointer %q does not begin with a slash", pointer)
	}
	return split(path)
}

func undo(name string) (string, bool) {
	for i := range len(name) {
		if name[i] == '~' && (i+1 == len(name) || name[i+1] != '0' && name[i+1] != '1') {
			return "", false
		}
	}
	return strings.ReplaceAll(strings.ReplaceAll(name, "~1", "/"), "~0", "~"), true
}

// namesOf are the names of a path that join made.
func namesOf(path string) []string {
	if path == "" {
		return nil
	}
	names, _ := split(path)
	return names
}

// join is the path of names.
func join(names []string) string {
	return strings.TrimPrefix(string(appendPointer(nil, names...)), "/")
}

// appendPointer adds names to a JSON pointer.
func appendPointer[Name ~string | ~[]byte](pointer []byte, names ...Name) []byte {
	for _, name := range names {
		pointer = append(pointer, '/')
		for i := range len(name) {
			switch name[i] {
			case '~':
				pointer = append(pointer, '~', '0')
			case '/':
				pointer = append(pointer, '~', '1')
			default:
				pointer = append(pointer, name[i])
			}
		}
	}
	return pointer
}
