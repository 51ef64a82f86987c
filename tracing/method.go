package tracing

import "net/http"

// Method is a method as traces have it: one that is usual, or _OTHER for what anybody may write.
func Method(name string) string {
	switch name {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return name
	default:
		return "_OTHER"
	}
}
