package proxy

import (
	"net/http"
	"net/textproto"
	"strings"
)

// class is what a header field is to a proxy.
type class int

const (
	plain      class = iota // none of a proxy's business
	hop                     // for the next hop alone (RFC 9110, section 7.6.1)
	te                      // the same, but "trailers" is said anew
	expect                  // a question that may be answered on the way
	detour                  // says that another method or target is meant, as some services have it
	via                     // who has seen the message
	framing                 // said by the fields of http.Request and http.Response
	kept                    // passes, and nobody on the way may have it removed
	credential              // the client's secrets, meant for the gateway
	forwarding              // where a request comes from, as others say
	identity                // who the client is, as the gateway alone may say
)

// protected reports whether a client must not have the field removed by naming it in Connection: a service would then take its
// absence for an answer.
func (c class) protected() bool { return c >= via }

// longest bounds the names that are compared as a whole. All that are known are shorter.
const longest = 24

// forwardingPrefix begins the names of all that proxies say of where a request comes from.
const forwardingPrefix = "x-forwarded-"

// classOf tells a field's class by its name, in any case. alias is true where the name only comes to mean the field in a service
// that reads - for other characters: names become variables such as HTTP_X_USER_ID in CGI and WSGI, and _ is the same as - there.
func classOf(name string) (c class, alias bool) {
	var folded [longest]byte
	n := min(len(name), longest)
	for i := range n {
		b := name[i]
		switch {
		case 'A' <= b && b <= 'Z':
			b += 'a' - 'A'
		case 'a' <= b && b <= 'z', '0' <= b && b <= '9', b == '-':
		default:
			b, alias = '-', true
		}
		folded[i] = b
	}
	switch {
	case n >= len(forwardingPrefix) && string(folded[:len(forwardingPrefix)]) == forwardingPrefix:
		return forwarding, alias
	case n < len(name):
		return plain, false
	}
	return known(folded[:n]), alias
}

// known looks a folded name up.
func known(name []byte) class {
	switch string(name) {
	case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade", "http2-settings", "trailer",
		"proxy-authenticate", "proxy-authorization":
		return hop
	case "te":
		return te
	case "expect":
		return expect
	case "x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url":
		return detour
	case "via":
		return via
	case "host", "content-length":
		return framing
	case "x-request-id", "traceparent", "tracestate", "idempotency-key":
		return kept
	case "authorization", "cookie":
		return credential
	case "forwarded", "x-real-ip":
		return forwarding
	case "x-user-id", "x-user-scopes", "x-user-tenant", "x-gateway-token":
		return identity
	default:
		return plain
	}
}

// forHop reports whether a field of an answer is for the gateway alone.
func forHop(name string) bool {
	c, _ := classOf(name)
	return c == hop || c == te
}

// named goes over the names in a Connection field, until yield returns false.
func named(connection []string, yield func(name string) bool) {
	for _, value := range connection {
		for name := range strings.SplitSeq(value, ",") {
			if name = textproto.TrimString(name); name != "" && !yield(name) {
				return
			}
		}
	}
}

// removeNamed removes what Connection names.
func removeNamed(header http.Header, connection []string) {
	named(connection, func(name string) bool {
		header.Del(name)
		return true
	})
}

// lists reports whether a comma-separated list of tokens contains one, in any case. Parameters do not count.
func lists(values []string, token string) (found bool) {
	named(values, func(each string) bool {
		each, _, _ = strings.Cut(each, ";")
		found = strings.EqualFold(textproto.TrimString(each), token)
		return !found
	})
	return found
}
