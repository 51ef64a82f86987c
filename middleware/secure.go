package middleware

import "net/http"

// Secure tells browsers to do nothing with an answer but read it. A page that needs more, GraphiQL's, sets its own
// Content-Security-Policy. transport is what browsers are told over TLS of coming by TLS alone.
func Secure(transport string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler { return secure(next, []string{transport}) }
}

func secure(next http.Handler, transport []string) http.Handler {
	fields := []struct { // no map, which costs more to go through
		name   string
		values []string
	}{
		// An answer is what its Content-Type says: JSON that quotes a caller's text never becomes a script or a page.
		{"X-Content-Type-Options", []string{"nosniff"}},
		// Should it be shown as a page after all, it loads nothing, runs nothing, and sits in no frame.
		{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}},
		{"X-Frame-Options", []string{"DENY"}}, // for browsers that do not know frame-ancestors
		// No other site gets it as an image or a script. Reading it by fetch is CORS's to decide, and not touched by this.
		{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
		// A page's window is out of reach of the site that opened it.
		{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
		// Queries in a URL, variables included, do not travel on to other sites.
		{"Referrer-Policy", []string{"no-referrer"}},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		for _, each := range fields {
			header[each.name] = each.values
		}
		if r.TLS != nil { // RFC 6797, section 7.2, forbids it on plain HTTP
			header["Strict-Transport-Security"] = transport
		}
		next.ServeHTTP(w, r)
	})
}
