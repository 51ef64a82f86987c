package middleware

import (
	"net/http"

	"github.com/concierge-gateway/concierge/listening/prepared"
)

// Secure tells browsers to do nothing with an answer but read it. A page that needs more, GraphiQL's, sets its own
// Content-Security-Policy. transport is what browsers are told over TLS of coming by TLS alone.
func Secure(transport string) func(http.Handler) http.Handler {
	fields, overTLS := forBrowsers(), []string{transport}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			prepared.Set(w, fields)
			if r.TLS != nil { // RFC 6797, section 7.2, forbids it on plain HTTP
				w.Header()["Strict-Transport-Security"] = overTLS
			}
			next.ServeHTTP(w, r)
		})
	}
}

func forBrowsers() *prepared.Fields {
	return prepared.New(http.Header{
		// An answer is what its Content-Type says: JSON that quotes a caller's text never becomes a script or a page.
		"X-Content-Type-Options": {"nosniff"},
		// Should it be shown as a page after all, it loads nothing, runs nothing, and sits in no frame.
		"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"},
		"X-Frame-Options":         {"DENY"}, // for browsers that do not know frame-ancestors
		// No other site gets it as an image or a script. Reading it by fetch is CORS's to decide, and not touched by this.
		"Cross-Origin-Resource-Policy": {"same-origin"},
		// A page's window is out of reach of the site that opened it.
		"Cross-Origin-Opener-Policy": {"same-origin"},
		// Queries in a URL, variables included, do not travel on to other sites.
		"Referrer-Policy": {"no-referrer"},
	})
}
