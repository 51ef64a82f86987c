package waterfall

import "strings"

// Template is a path without the segments that hold a digit: those are ids.
func Template(path string) string {
	if !hasDigit(path) {
		return path
	}
	segments := strings.Split(path, "/")
	for i, each := range segments {
		if hasDigit(each) {
			segments[i] = "{id}"
		}
	}
	return strings.Join(segments, "/")
}

func hasDigit(text string) bool { return strings.ContainsAny(text, "0123456789") }
