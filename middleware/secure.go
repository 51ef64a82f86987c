package middleware

import "net/http"

// Secure tells browsers to do nothing with an answer but read it. A page that needs more, GraphiQL's, sets its own
// Content-Security-Policy.
func Secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		// An answer is what its Content-Type says: JSON that quotes a caller's text never becomes a script or a page.
		header.Set("X-Content-Type-Options", "nosniff")
		// Should it be shown as a page after all, it loads nothing, runs nothing, and sits in no frame.
		header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		header.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
		// No other site gets it as an image or a script. Reading it by fetch is CORS's to decide, and not touched by this.
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		// A page's window is out of reach of the site that opened it.
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		// Queries in a URL, variables included, do not travel on to other sites.
		header.Set("Referrer-Policy", "no-referrer")
		if r.TLS != nil {
			// For this host alone: its owner may run others without TLS. RFC 6797, section 7.2, forbids it on plain HTTP.
			header.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}
