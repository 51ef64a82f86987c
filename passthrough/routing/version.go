package routing

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// VersionHeader is the header that names a version.
const VersionHeader = "API-Version"

// versionKey is its canonical form, as http.Header has it.
const versionKey = "Api-Version"

// Source is the means by which a request named its version.
type Source int

// The means. Unversioned is a rule without versions.
const (
	Unversioned Source = iota
	Path
	Header
	MediaType
	Default
)

// String is the means in a word, as logs and metrics have it.
func (s Source) String() string {
	switch s {
	case Path:
		return "path"
	case Header:
		return "header"
	case MediaType:
		return "media_type"
	case Default:
		return "default"
	default:
		return "none"
	}
}

// version is what a request names: Header or MediaType and a version, or Default and none.
type version struct {
	by   Source
	name string // without its v
}

// versions says what a request must name to reach an entry.
type versions struct {
	byPath  bool   // the path names the version, and nothing else counts
	version string // without its v; empty where any will do
	// The means by which it may be named, and whether it may be left out.
	header, media, standard bool
}

func versionsOf(r Rule) versions {
	if !r.ByHeader && !r.ByMediaType && !r.Default {
		return versions{}
	}
	return versions{version: bare(r.Version), header: r.ByHeader, media: r.ByMediaType, standard: r.Default}
}

// takes reports whether a request that names a version is the entry's.
func (v *versions) takes(named version) bool {
	return v.version == "" || v.allows(named.by) && (named.by == Default || named.name == v.version)
}

// allows reports whether the version can be named by some means.
func (v *versions) allows(by Source) bool {
	switch by {
	case Header:
		return v.header
	case MediaType:
		return v.media
	case Default:
		return v.standard
	default:
		return false
	}
}

// sourceOf is the means that counted.
func (v *versions) sourceOf(named version) Source {
	switch {
	case v.byPath:
		return Path
	case v.version == "":
		return Unversioned
	default:
		return named.by
	}
}

// inHeader is the version that API-Version names. Several lines are one list (RFC 9110, section 5.2), which is no version.
func inHeader(h http.Header) (name string, ok bool) {
	switch values := h[versionKey]; len(values) {
	case 0:
		return "", false
	case 1:
		return bare(strings.TrimSpace(values[0])), true
	default:
		return strings.Join(values, ", "), true
	}
}

// bare is a version without its v.
func bare(text string) string {
	if text != "" && (text[0] == 'v' || text[0] == 'V') {
		return text[1:]
	}
	return text
}

// isVersion reports whether a text is a version as rules write it: v1, v1.2.
func isVersion(text string) bool { return strings.HasPrefix(text, "v") && isNumber(text[1:]) }

// isNumber reports whether a text is digits, with single dots between them.
func isNumber(text string) bool {
	for part := range strings.SplitSeq(text, ".") {
		if part == "" || strings.ContainsFunc(part, func(c rune) bool { return !isDigit(c) }) {
			return false
		}
	}
	return true
}

// CompareVersions orders versions such as v2 and v1.10 by their numbers.
func CompareVersions(a, b string) int {
	return slices.CompareFunc(strings.Split(bare(a), "."), strings.Split(bare(b), "."), func(one, other string) int {
		one, other = strings.TrimLeft(one, "0"), strings.TrimLeft(other, "0")
		return cmp.Or(cmp.Compare(len(one), len(other)), strings.Compare(one, other))
	})
}
