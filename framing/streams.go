package framing

import (
	"net/http"
	"strings"
)

// judgeStream judges a request that came as a stream of HTTP/2 or HTTP/3, whose bytes have one reading already. Where it ends is
// not the question there; but it goes on as HTTP/1.1, to services and in logs, and must not become another request on that way
// (RFC 9113, section 10.3). What net/http and quic-go refuse by themselves is not looked for again, but for fields that frame.
//
// A Host that says the same as :authority is taken out, as it is of an HTTP/1 request.
func judgeStream(r *http.Request) reason {
	h := head{method: methodOf([]byte(r.Method))}
	if r := h.judgeStreamTarget([]byte(r.RequestURI)); r != none {
		return r
	}
	if r := judgeAuthority(r); r != none {
		return r
	}
	if h.named && !strings.EqualFold(r.RequestURI, r.Host) {
		return hostMismatch
	}
	delete(r.Header, "Host")
	for name, values := range r.Header {
		if r := h.judgeStreamField(name, values); r != none {
			return r
		}
	}
	for name := range r.Trailer {
		if framingField([]byte(name)) != notFraming {
			return trailerName
		}
	}
	return none
}

// judgeStreamTarget judges a :path (RFC 9113, section 8.3.1). It is no URL: who takes it for one goes to another host.
func (h *head) judgeStreamTarget(target []byte) reason {
	if len(target) == 0 || h.method != methodConnect && target[0] != '/' && string(target) != "*" {
		return requestTarget
	}
	return h.judgeTarget(target, 0)
}

// judgeAuthority judges :authority, or the Host in its place.
func judgeAuthority(r *http.Request) reason {
	hosts := r.Header["Host"]
	switch {
	case len(hosts) > 1:
		return hostRepeated
	case r.Host == "":
		return hostMissing
	case !isHost([]byte(r.Host)):
		return hostValue
	case len(hosts) == 1 && !strings.EqualFold(hosts[0], r.Host):
		return hostMismatch
	default:
		return none
	}
}

func (h *head) judgeStreamField(name string, values []string) reason {
	switch framingField([]byte(name)) {
	case notFraming:
		return none
	case contentLength:
		if strings.IndexByte(name, '_') >= 0 {
			return lookalike
		}
		for _, each := range values {
			if r := h.setLength([]byte(each)); r != none {
				return r
			}
		}
		return none
	case trailer:
		return none // both take it out, or take no more from it than names
	default:
		if strings.IndexByte(name, '_') >= 0 {
			return lookalike
		}
		return connectionField
	}
}
