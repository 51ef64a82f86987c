package routing

import (
	"net/http"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/problem"
)

// MethodError says that a path is known, and its method is not. It is a problem.Error of kind MethodNotAllowed.
type MethodError struct {
	// Allow is the header's value: the methods that the path takes, such as "GET, HEAD, PATCH".
	Allow string
}

// Error says which methods there are.
func (e *MethodError) Error() string { return e.problem().Error() }

// Unwrap is what the caller gets to see.
func (e *MethodError) Unwrap() error { return e.problem() }

func (e *MethodError) problem() *problem.Error {
	return problem.New(problem.MethodNotAllowed, "this path takes "+e.Allow)
}

// refusal says why a request has no rule. A rule whose conditions do not hold is as good as none. Where the version fits some
// rule, only the method can be wrong.
func (t *Table) refusal(r *http.Request, host string, p *path) error {
	var fitting []*entry
	var unversioned error
	t.walk(host, p, func(l *leaf) bool {
		named := l.named(r.Header)
		for _, e := range l.entries {
			switch {
			case !e.holds(r):
			case e.takes(named):
				fitting = append(fitting, e)
			case unversioned == nil:
				unversioned = l.unknown(named)
			}
		}
		return false
	})
	switch {
	case fitting != nil:
		return &MethodError{Allow: strings.Join(methodsOf(fitting), ", ")}
	case unversioned != nil:
		return unversioned
	default:
		return problem.New(problem.NotFound, "")
	}
}

// unknown says which versions there are, to one who named another or none.
func (l *leaf) unknown(named version) error {
	switch {
	case named.by == Header:
		return problem.New(problem.BadInput, VersionHeader+" names no version of this path, which has "+l.known(Header))
	case named.by == MediaType:
		return problem.New(problem.NotAcceptable, "Accept names no version of this path, which has "+l.known(MediaType))
	case l.header:
		return problem.New(problem.BadInput, VersionHeader+" must name a version of this path, which has "+l.known(Header))
	default:
		return problem.New(problem.NotAcceptable, "Accept must name a version of this path, which has "+l.known(MediaType))
	}
}

// known lists the versions that can be named by some means, such as "v1, v2, v10".
func (l *leaf) known(by Source) string {
	var names []string
	for _, e := range l.entries {
		if e.allows(by) {
			names = append(names, "v"+e.version)
		}
	}
	slices.SortFunc(names, CompareVersions)
	return strings.Join(slices.Compact(names), ", ")
}
