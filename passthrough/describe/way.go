package describe

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/passthrough/routing"
)

// methods are those that OpenAPI 3.1 has words for, in its order.
var methods = []string{ //nolint:gochecknoglobals // it is a table that nothing changes
	http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete, http.MethodOptions, http.MethodHead, http.MethodPatch,
	http.MethodTrace,
}

// methodsOf are the methods of a rule that are described. A rule for all of them is described by the usual ones. GET stands for
// HEAD too (RFC 9110, section 9.3.2).
func methodsOf(rule routing.Rule) []string {
	named := rule.Pattern.Methods()
	if named == nil {
		named = []string{http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete, http.MethodPatch}
	}
	return slices.DeleteFunc(named, func(method string) bool {
		return !slices.Contains(methods, method) || method == http.MethodHead && slices.Contains(named, http.MethodGet)
	})
}

func reads(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions || method == http.MethodTrace
}

// way is a path on which an endpoint is reached.
type way struct {
	path      string
	versioned bool   // the path names the version
	rest      string // the parameter that stands for several segments
}

// waysTo are the paths of a rule: with the version, and without where something else names it, or nothing has to.
func waysTo(rule routing.Rule) []way {
	var ways []way
	path, rest := asTemplate(rule.Pattern.Path())
	if rule.ByPath {
		ways = append(ways, way{"/" + rule.Version + path, true, rest})
	}
	if !rule.ByPath || rule.ByHeader || rule.ByMediaType || rule.Default {
		ways = append(ways, way{path, false, rest})
	}
	return ways
}

// asTemplate writes a pattern's path as OpenAPI does, which knows no parameters of several segments.
func asTemplate(path string) (template, rest string) {
	before, last, found := strings.Cut(path, "...}")
	if !found {
		return path, ""
	}
	return before + "}" + last, before[strings.LastIndexByte(before, '{')+1:]
}

func parameterIn(path string) [][]string {
	return regexp.MustCompile(`\{([^}]*)\}`).FindAllStringSubmatch(path, -1)
}

// paramsIn are the names of a path's parameters.
func paramsIn(path string) []string {
	found := parameterIn(path)
	names := make([]string, len(found))
	for i, each := range found {
		names[i] = each[1]
	}
	return names
}

// bare is a path without the names of its parameters.
func bare(path string) string {
	for _, each := range parameterIn(path) {
		path = strings.Replace(path, each[0], "{}", 1)
	}
	return path
}
