package proxy

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/concierge-gateway/concierge/problem"
)

// check says why a request cannot go on.
func check(r *http.Request, opts Options) error {
	if visits(r.Header["Via"]) >= maxVisits {
		return problem.New(problem.LoopDetected, "") // RFC 5842, section 7.2
	}
	if opts.MaxBody > 0 && r.ContentLength > int64(opts.MaxBody) {
		return tooLarge(opts.MaxBody)
	}
	if r.ProtoMajor >= 2 {
		return checkHTTP2(r.Header)
	}
	return checkConnection(r.Header["Connection"])
}

// checkConnection refuses to remove what is not for one hop.
func checkConnection(connection []string) (err error) {
	named(connection, func(name string) bool {
		if c, _ := classOf(name); c.protected() {
			err = problem.New(problem.BadInput, "Connection must not name the field "+quoted(name))
		}
		return err == nil
	})
	return err
}

// checkHTTP2 refuses the fields that make a request malformed (RFC 9113, section 8.2.2). net/http does not.
func checkHTTP2(header http.Header) error {
	for _, name := range [...]string{"Connection", "Proxy-Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade"} {
		if _, ok := header[name]; ok {
			return problem.New(problem.BadInput, "HTTP/2 has no field "+name)
		}
	}
	for _, value := range header["Te"] {
		if !strings.EqualFold(value, "trailers") {
			return problem.New(problem.BadInput, "in HTTP/2, TE can only be trailers")
		}
	}
	return nil
}

// quoted is a stranger's word, short enough to be repeated.
func quoted(name string) string {
	const most = 40
	if len(name) > most {
		name = name[:most] + "…"
	}
	return strconv.Quote(name)
}
