package rules

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// part is one of a body: from first to last, both in it.
type part struct{ first, last int }

// contentRange is the field that says which part of how much it is.
func (p part) contentRange(length int) string {
	return "bytes " + strconv.Itoa(p.first) + "-" + strconv.Itoa(p.last) + "/" + strconv.Itoa(length)
}

// wantedPart is the part of an answer that a request wants (RFC 9110, 14.2). It is not partial where the whole is to be
// answered: where none, several or an odd one is wanted, and where If-Range says that the caller's other parts are of another
// version. It is not satisfiable where the part begins after the end.
func wantedPart(req *http.Request, a Answer, length int) (p part, partial, satisfiable bool) {
	lines := req.Header["Range"]
	if len(lines) != 1 || req.Method != http.MethodGet || a.Status != http.StatusOK || length == 0 || !sameVersion(req, a) {
		return part{}, false, false
	}
	unit, wanted, _ := strings.Cut(lines[0], "=")
	first, last, found := strings.Cut(strings.Trim(wanted, " \t"), "-")
	if !strings.EqualFold(unit, "bytes") || !found {
		return part{}, false, false
	}
	return partOf(first, last, length)
}

// partOf is the part between two offsets, either of which may be left out. Several parts are none here: the commas between them
// belong to no number.
func partOf(first, last string, length int) (p part, partial, satisfiable bool) {
	from, ok := offset(first)
	to, okToo := offset(last)
	switch {
	case !ok || !okToo || first == "" && last == "":
		return part{}, false, false
	case first == "":
		return part{max(0, length-to), length - 1}, true, to > 0
	case last == "":
		return part{from, length - 1}, true, from < length
	default:
		return part{from, min(to, length-1)}, from <= to, from < length
	}
}

// offset reads a number of bytes, which may be left out. One that no body has is as good as a greater one.
func offset(text string) (n int, ok bool) {
	for i := range len(text) {
		if !isDigit(text[i]) {
			return 0, false
		}
		n = min(n*10+int(text[i]-'0'), 1<<40)
	}
	return n, true
}

// sameVersion reports whether an answer is the version that If-Range names, where there is one (RFC 9110, 13.1.5). A date names a
// version only if there was at least a second between that and the answer.
func sameVersion(req *http.Request, a Answer) bool {
	lines := req.Header["If-Range"]
	switch {
	case len(lines) == 0:
		return true
	case len(lines) > 1:
		return false
	case strings.HasPrefix(lines[0], `"`) || strings.HasPrefix(lines[0], "W/"):
		return sameStrongTag(lines[0], entityTag(a.Header))
	}
	named, ok := timeOf(lines)
	modified, known := timeOf(a.Header["Last-Modified"])
	return ok && known && named.Equal(modified) && dateOf(a).Sub(modified) >= time.Second
}
