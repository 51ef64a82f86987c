package routing

import "strings"

// hostOf is a request's host as rules name it: without its port, without the dot of the root, and in lower case.
func hostOf(host string) string {
	if colon := strings.LastIndexByte(host, ':'); colon >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:colon]
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// parent is what follows a host's first label, with the dot before it: .example.com of api.example.com, and .com of that.
func parent(host string) string {
	if host == "" {
		return ""
	}
	dot := strings.IndexByte(host[1:], '.')
	if dot < 0 {
		return ""
	}
	return host[1+dot:]
}

// refuseHost says what is wrong with a rule's host.
func refuseHost(host string) (reason string) {
	name := strings.TrimPrefix(host, "*.")
	for label := range strings.SplitSeq(name, ".") {
		switch {
		case label == "":
			return "must be a name such as api.example.com or *.example.com"
		case strings.ContainsFunc(label, notInHost):
			return "may hold letters, digits, hyphens and dots, and a star only as its first label; a port is not compared"
		}
	}
	return ""
}

func notInHost(c rune) bool { return !isLetter(c) && !isDigit(c) && c != '-' && c != '_' }

func isLetter(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isDigit(c rune) bool { return c >= '0' && c <= '9' }
