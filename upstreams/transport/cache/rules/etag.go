package rules

import (
	"net/http"
	"strings"
	"time"
)

// entityTag is the tag of an answer as the service wrote it, or empty where there is none or more than one.
func entityTag(header http.Header) string {
	if lines := header["Etag"]; len(lines) == 1 {
		return lines[0]
	}
	return ""
}

// lastModified is when an answer was last modified as the service wrote it, or empty where that is no time.
func lastModified(header http.Header) string {
	lines := header["Last-Modified"]
	if _, ok := timeOf(lines); !ok {
		return ""
	}
	return lines[0]
}

// sameTag compares two tags weakly (RFC 9110, 8.8.3.2).
func sameTag(a, b string) bool { return strings.TrimPrefix(a, "W/") == strings.TrimPrefix(b, "W/") }

// sameStrongTag compares two tags strongly.
func sameStrongTag(a, b string) bool { return a == b && strings.HasPrefix(a, `"`) }

// anyTag reports whether a list of tags has one that is the same, weakly compared, or is *. The commas in a tag separate nothing.
func anyTag(lines []string, wanted string) bool {
	for _, line := range lines {
		for line = strings.TrimLeft(line, ", \t"); line != ""; line = strings.TrimLeft(line, ", \t") {
			end := tagEnd(line)
			if tag := strings.TrimRight(line[:end], " \t"); tag == "*" || sameTag(tag, wanted) && wanted != "" {
				return true
			}
			line = line[end:]
		}
	}
	return false
}

// tagEnd is where the first of a list of tags ends. One that is not in quotes ends at a comma.
func tagEnd(list string) int {
	start := 0
	switch {
	case strings.HasPrefix(list, `"`):
		start = 1
	case strings.HasPrefix(list, `W/"`):
		start = 3
	}
	if closing := strings.IndexByte(list[start:], '"'); start > 0 && closing >= 0 {
		return start + closing + 1
	}
	if comma := strings.IndexByte(list, ','); comma >= 0 {
		return comma
	}
	return len(list)
}

// notModified reports whether a request's own conditions say that the caller has the answer already (RFC 9111, 4.3.2).
func notModified(req *http.Request, a Answer) bool {
	if a.Status/100 != 2 {
		return false
	}
	if lines := req.Header["If-None-Match"]; len(lines) > 0 {
		return anyTag(lines, entityTag(a.Header))
	}
	lines := req.Header["If-Modified-Since"]
	if len(lines) == 0 {
		return false
	}
	since, ok := timeOf(lines)
	return ok && !modifiedOf(a).After(since)
}

// modifiedOf is when an answer was last modified, or else when it was made.
func modifiedOf(a Answer) time.Time {
	if modified, ok := timeOf(a.Header["Last-Modified"]); ok {
		return modified
	}
	return dateOf(a)
}
