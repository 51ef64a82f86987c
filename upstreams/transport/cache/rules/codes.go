package rules

import "net/http"

// heuristically reports whether an answer of a status is for keeping though it does not say so (RFC 9110, 15.1).
func heuristically(status int) bool {
	switch status {
	case http.StatusOK, http.StatusNonAuthoritativeInfo, http.StatusNoContent, http.StatusMultipleChoices,
		http.StatusMovedPermanently, http.StatusPermanentRedirect:
		return true
	default:
		return isNegative(status)
	}
}

// isNegative reports whether a status says that there is nothing to be had.
func isNegative(status int) bool {
	switch status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusRequestURITooLong, http.StatusNotImplemented:
		return true
	default:
		return false
	}
}

// understood reports whether it is known here how an answer of a status is to be kept (RFC 9111, 5.2.2.3).
func understood(status int) bool {
	switch status {
	case http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusBadRequest, http.StatusForbidden,
		http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return heuristically(status)
	}
}

// ofRequest reports whether a status is about one request, its fields or its moment, or only part of an answer. Such an answer
// must not reach another request, whatever it says: its key knows nothing of what it depends on.
func ofRequest(status int) bool {
	switch status {
	case http.StatusPartialContent, http.StatusNotModified,
		http.StatusUnauthorized, http.StatusNotAcceptable, http.StatusProxyAuthRequired, http.StatusRequestTimeout,
		http.StatusLengthRequired, http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusRequestedRangeNotSatisfiable, http.StatusExpectationFailed,
		http.StatusMisdirectedRequest, http.StatusTooEarly, http.StatusUpgradeRequired,
		http.StatusPreconditionRequired, http.StatusTooManyRequests, http.StatusRequestHeaderFieldsTooLarge,
		http.StatusNetworkAuthenticationRequired:
		return true
	default:
		return status < 200 || status > 599
	}
}

// Failed reports whether a status is an error that a stale answer may stand in for (RFC 5861, 4).
func Failed(status int) bool {
	switch status {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}
