package rules

import (
	"net/http"
	"slices"
)

// Stored is a header as it is kept (RFC 9111, 3.1), a copy: without what is for one connection or one proxy, and without what the
// answer itself says is not for keeping.
func Stored(header http.Header, s Settings) http.Header {
	d := directivesOf(header, s.Targets)
	return d.stored(header, s)
}

func (d *directives) stored(header http.Header, s Settings) http.Header {
	kept, nominated := make(http.Header, len(header)), header["Connection"]
	for name, values := range header {
		dropped := forHop(name) || d.withheld(name, s) || len(nominated) > 0 && hasElement(nominated, name)
		if !dropped || forCaches(name, s.Targets) {
			kept[name] = append(make([]string, 0, len(values)), values...)
		}
	}
	return kept
}

// forHop reports whether a field is for one connection, or for one proxy.
func forHop(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
		"Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization", "Proxy-Connection":
		return true
	default:
		return false
	}
}

// forCaches reports whether a field says how an answer is to be kept or read, and so is kept whatever is said of it: without
// it, the answer would be another.
func forCaches(name string, targets []string) bool {
	switch name {
	case "Age", "Cache-Control", "Content-Encoding", "Content-Type", "Date", "Etag", "Expires", "Last-Modified", "Pragma", "Vary":
		return true
	}
	return slices.Contains(targets, name)
}
