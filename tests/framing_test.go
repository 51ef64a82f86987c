package tests

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rawCase is what a client sends byte by byte, and what must come of it. A request of another client stands behind it on the
// connection: it must be answered where the connection goes on, and never where it does not.
type rawCase struct {
	name   string
	sent   string
	want   string // the statuses of the answers, x for any digit
	goesOn bool
	reason string // by which the guard counts it; empty where it is let through
	why    string
}

const (
	// behind is the request of another client.
	behind = "GET /behind HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
	// rawGet and rawPost are requests without the end of their header sections.
	rawGet   = "GET /nowhere HTTP/1.1\r\nHost: test\r\n"
	rawPost  = "POST /graphql HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
	rawChunk = rawPost + "Transfer-Encoding: chunked\r\n\r\n"
	// rawQuery is content that is answered with 200 if nothing is missing or added. It has 24 bytes, 18 in hexadecimal.
	rawQuery = `{"query":"{__typename}"}`
	// smuggled is a request that stands in content, and is one only for somebody who ends that too early.
	smuggled = "GET /smuggled HTTP/1.1\r\nHost: test\r\n\r\n"
)

// goodCases have one reading. The first word of a name is the class of such cases in the public suites of this kind.
func goodCases() []rawCase {
	return []rawCase{
		{"compliance: a plain request", rawGet + "\r\n", "404", true, "", "RFC 9112, section 3"},
		{"compliance: a second one behind it", rawGet + "\r\n" + rawGet + "\r\n", "404 404", true, "", "RFC 9112, section 9.3.2"},
		{"compliance: content with a length", rawPost + "Content-Length: 24\r\n\r\n" + rawQuery, "200", true, "", "RFC 9112, section 6.2"},
		{"compliance: two of them", strings.Repeat(rawPost+"Content-Length: 24\r\n\r\n"+rawQuery, 2), "200 200", true, "", "RFC 9112, section 9.3.2"},
		{"compliance: a length of nothing", rawPost + "Content-Length: 0\r\n\r\n", "400", true, "", "RFC 9112, section 6.2: the operation is missing, the framing is right"},
		{"compliance: neither length nor coding", rawPost + "\r\n", "400", true, "", "RFC 9112, section 6.3: no content"},
		{"compliance: a request in content", rawGet + "Content-Length: 41\r\n\r\n" + smuggled + "abc", "404", true, "", "RFC 9112, section 6.3: content is content"},
		{"compliance: one chunk", rawChunk + "18\r\n" + rawQuery + "\r\n0\r\n\r\n", "200", true, "", "RFC 9112, section 7.1"},
		{"compliance: several chunks", rawChunk + "8\r\n" + rawQuery[:8] + "\r\n10\r\n" + rawQuery[8:] + "\r\n0\r\n\r\n", "200", true, "", "RFC 9112, section 7.1"},
		{"compliance: no chunk but the last", rawChunk + "0\r\n\r\n", "400", true, "", "RFC 9112, section 7.1: the operation is missing, the framing is right"},
		{"compliance: a size in capitals", rawChunk + "18\r\n" + rawQuery + "\r\nA\r\n          \r\n0\r\n\r\n", "200", true, "", "RFC 9112, section 7.1"},
		{"compliance: a size with zeros", rawChunk + "00018\r\n" + rawQuery + "\r\n000\r\n\r\n", "200", true, "", "RFC 9112, section 7.1: 1*HEXDIG"},
		{"compliance: a chunk with an extension", rawChunk + "18;signature=0a1b\r\n" + rawQuery + "\r\n0;x\r\n\r\n", "200", true, "", "RFC 9112, section 7.1.1"},
		{"compliance: a trailer", rawChunk + "18\r\n" + rawQuery + "\r\n0\r\nX-Sum: 1\r\n\r\n", "200", true, "", "RFC 9112, section 7.1.2"},
		{"compliance: coding in capitals", rawPost + "Transfer-Encoding: Chunked\r\n\r\n18\r\n" + rawQuery + "\r\n0\r\n\r\n", "200", true, "", "RFC 9112, section 7: codings know no case"},
		{"compliance: spaces around the coding", rawPost + "Transfer-Encoding: \tchunked \t\r\n\r\n18\r\n" + rawQuery + "\r\n0\r\n\r\n", "200", true, "", "RFC 9110, section 5.5: they are no part of it"},
		{"compliance: spaces around the length", rawPost + "Content-Length:  \t24 \r\n\r\n" + rawQuery, "200", true, "", "RFC 9110, section 5.5: they are no part of it"},
		{"compliance: no space before the length", rawPost + "content-length:24\r\n\r\n" + rawQuery, "200", true, "", "RFC 9112, section 5"},
		{"compliance: 100-continue", rawPost + "Expect: 100-continue\r\nContent-Length: 24\r\n\r\n" + rawQuery, "100 200", true, "", "RFC 9110, section 10.1.1"},
		{"compliance: the line of an old client", rawPost + "Content-Length: 24\r\n\r\n" + rawQuery + "\r\n", "200", true, "", "RFC 9112, section 2.2"},
		{"compliance: Connection: close", rawGet + "Connection: close\r\n\r\n", "404", false, "", "RFC 9112, section 9.6"},
		{"compliance: HTTP/1.0", "GET /nowhere HTTP/1.0\r\n\r\n", "404", false, "", "RFC 9112, section 9.3: it has no Host and closes"},
		{"compliance: HTTP/1.0 that stays", "GET /nowhere HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "404", true, "", "RFC 9112, section 9.3"},
		{"compliance: HTTP/1.0 with a length", "POST /nowhere HTTP/1.0\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabc", "404", true, "", "RFC 9112, section 6.3"},
		{"compliance: absolute form", "GET http://test/nowhere HTTP/1.1\r\nHost: test\r\n\r\n", "404", true, "", "RFC 9112, section 3.2.2"},
		{"compliance: absolute form in capitals", "GET HTTP://TEST/nowhere HTTP/1.1\r\nHost: test\r\n\r\n", "404", true, "", "RFC 3986, section 6.2.2.1"},
		{"compliance: OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n", "200", true, "", "RFC 9112, section 3.2.4"},
		{"compliance: CONNECT", "CONNECT test:443 HTTP/1.1\r\nHost: test:443\r\n\r\n", "4xx", true, "", "RFC 9110, section 9.3.6: this is no tunnel"},
		{"compliance: TRACE", "TRACE /nowhere HTTP/1.1\r\nHost: test\r\n\r\n", "4xx", true, "", "RFC 9110, section 9.3.8"},
		{"compliance: a method in small letters", "get /nowhere HTTP/1.1\r\nHost: test\r\n\r\n", "4xx", true, "", "RFC 9110, section 9.1: another method, if any"},
		{"compliance: an unknown method", "FLY /nowhere HTTP/1.1\r\nHost: test\r\n\r\n", "4xx", true, "", "RFC 9110, section 9.1"},
		{"compliance: HEAD", "HEAD /nowhere HTTP/1.1\r\nHost: test\r\n\r\n", "404", true, "", "RFC 9110, section 9.3.2: the answer has no content"},
		{"compliance: OPTIONS with content", "OPTIONS /nowhere HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc", "4xx", true, "", "RFC 9112, section 6.3"},
		{"compliance: a Host with a port", "GET /nowhere HTTP/1.1\r\nHost: test:8080\r\n\r\n", "404", true, "", "RFC 9110, section 7.2"},
		{"compliance: an address of IPv6", "GET /nowhere HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "404", true, "", "RFC 9110, section 7.2"},
		{"compliance: an empty Host", "GET /nowhere HTTP/1.1\r\nHost:\r\n\r\n", "404", true, "", "RFC 9112, section 3.2"},
		{"compliance: letters beyond ASCII in a value", rawGet + "X-Name: J\xc3\xbcrgen\r\n\r\n", "404", true, "", "RFC 9110, section 5.5: obs-text"},
		{"compliance: a tab in a value", rawGet + "X-Name: a\tb\r\n\r\n", "404", true, "", "RFC 9110, section 5.5"},
		{"compliance: an empty value", rawGet + "X-Name:\r\n\r\n", "404", true, "", "RFC 9110, section 5.5"},
		{"compliance: a target of 8000 bytes", "GET /" + strings.Repeat("a", 8000) + " HTTP/1.1\r\nHost: test\r\n\r\n", "404", true, "", "RFC 9112, section 3"},
		{"compliance: Upgrade: h2c", rawGet + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", "404", true, "", "RFC 9113, section 3.1: it is ignored, and what follows is judged"},
		{"compliance: Upgrade without Connection", rawGet + "Upgrade: websocket\r\n\r\n", "404", true, "", "RFC 9110, section 7.8"},
		{"compliance: Upgrade in HTTP/1.0", "GET /nowhere HTTP/1.0\r\nConnection: keep-alive\r\nUpgrade: websocket\r\n\r\n", "404", true, "", "RFC 9110, section 7.8"},
		{"malformed: a target of 40 KiB", "GET /" + strings.Repeat("a", 40<<10) + " HTTP/1.1\r\nHost: test\r\n\r\n", "431", true, "", "RFC 6585, section 5"},
	}
}

// refusedCases have more than one reading, or none.
func refusedCases() []rawCase {
	const ok = "18\r\n" + rawQuery + "\r\n"
	const both = "Content-Length: 24\r\nTransfer-Encoding: chunked\r\n\r\n"
	return []rawCase{
		// Lines.
		{"compliance: a bare LF behind the request line", "GET /nowhere HTTP/1.1\nHost: test\r\n\r\n", "400", false, "bare_lf", "RFC 9112, section 2.2"},
		{"compliance: a bare LF behind a field", rawGet + "X: a\n\r\n", "400", false, "bare_lf", "RFC 9112, section 2.2"},
		{"compliance: a bare LF as the empty line", rawGet + "\n", "400", false, "bare_lf", "RFC 9112, section 2.2"},
		{"compliance: bare LFs alone", "GET /nowhere HTTP/1.1\nHost: test\n\n", "400", false, "bare_lf", "RFC 9112, section 2.2"},
		{"compliance: bare CRs alone", "GET /nowhere HTTP/1.1\rHost: test\r\r\n\r\n", "400", false, "bare_cr", "RFC 9112, section 2.2"},
		{"smuggling: a bare CR in a value", rawGet + "X: a\rTransfer-Encoding: chunked\r\n\r\n", "400", false, "bare_cr", "RFC 9112, section 2.2"},
		{"smuggling: a bare CR in a name", rawGet + "X\r: a\r\n\r\n", "400", false, "bare_cr", "RFC 9112, section 2.2"},
		{"compliance: a folded field", rawGet + "X: a\r\n b\r\n\r\n", "400", false, "folded_line", "RFC 9112, section 5.2"},
		{"compliance: a field folded by a tab", rawGet + "X: a\r\n\tb\r\n\r\n", "400", false, "folded_line", "RFC 9112, section 5.2"},
		{"compliance: a space before the first field", "GET /nowhere HTTP/1.1\r\n Host: test\r\n\r\n", "400", false, "folded_line", "RFC 9112, section 2.2"},
		{"smuggling: a folded coding", rawPost + "Transfer-Encoding:\r\n chunked\r\nContent-Length: 24\r\n\r\n" + rawQuery, "400", false, "transfer_encoding", "RFC 9112, section 5.2"},
		{"compliance: an empty line at first", "\r\n" + rawGet + "\r\n", "400", false, "empty_line", "RFC 9112, section 2.2: net/http takes none there"},
		{"malformed: a line of spaces", "   \r\n\r\n", "400", false, "request_line", "RFC 9112, section 3"},

		// The request line.
		{"compliance: two spaces behind the method", "GET  /nowhere HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_line", "RFC 9112, section 3"},
		{"compliance: two spaces before the version", "GET /nowhere  HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_line", "RFC 9112, section 3"},
		{"compliance: a space at the end", "GET /nowhere HTTP/1.1 \r\nHost: test\r\n\r\n", "400", false, "request_line", "RFC 9112, section 3"},
		{"compliance: a space in the target", "GET /no where HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_line", "RFC 9112, section 3.2"},
		{"compliance: tabs between the parts", "GET\t/nowhere\tHTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_line", "RFC 9112, section 3"},
		{"compliance: no target", "GET HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_line", "RFC 9112, section 3"},
		{"compliance: an empty target", "GET  HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_line", "RFC 9112, section 3"},
		{"compliance: HTTP/0.9", "GET /nowhere\r\n", "400", false, "request_line", "RFC 9112, section 3"},
		{"compliance: HTTP/1.2", "GET /nowhere HTTP/1.2\r\nHost: test\r\n\r\n", "400", false, "http_version", "RFC 9110, section 15.6.6: there is none"},
		{"compliance: HTTP/2.0", "GET /nowhere HTTP/2.0\r\nHost: test\r\n\r\n", "400", false, "http_version", "RFC 9110, section 15.6.6"},
		{"compliance: HTTP/9.9", "GET /nowhere HTTP/9.9\r\nHost: test\r\n\r\n", "400", false, "http_version", "RFC 9110, section 15.6.6"},
		{"compliance: HTTP/1", "GET /nowhere HTTP/1\r\nHost: test\r\n\r\n", "400", false, "http_version", "RFC 9112, section 2.3"},
		{"compliance: HTTP/01.01", "GET /nowhere HTTP/01.01\r\nHost: test\r\n\r\n", "400", false, "http_version", "RFC 9112, section 2.3"},
		{"compliance: http/1.1", "GET /nowhere http/1.1\r\nHost: test\r\n\r\n", "400", false, "http_version", "RFC 9112, section 2.3"},
		{"compliance: HTTP/ 1.1", "GET /nowhere HTTP/ 1.1\r\nHost: test\r\n\r\n", "400", false, "request_line", "RFC 9112, section 2.3"},
		{"malformed: the preface of HTTP/2", preface, "400", false, "http_version", "RFC 9113, section 3.4: not on this connection"},
		{"compliance: a fragment", "GET /nowhere#here HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_target", "RFC 9112, section 3.2"},
		{"compliance: GET *", "GET * HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_target", "RFC 9112, section 3.2.4"},
		{"compliance: a target without a slash", "GET nowhere HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_target", "RFC 9112, section 3.2"},
		{"compliance: authority form without CONNECT", "GET test:80 HTTP/1.1\r\nHost: test:80\r\n\r\n", "400", false, "request_target", "RFC 9112, section 3.2.3"},
		{"compliance: CONNECT to a path", "CONNECT /nowhere HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_target", "RFC 9112, section 3.2.3"},
		{"smuggling: CONNECT with content", "CONNECT test:443 HTTP/1.1\r\nHost: test:443\r\nContent-Length: 39\r\n\r\n" + smuggled, "400", false, "connect_content", "RFC 9110, section 9.3.6"},
		{"malformed: another scheme", "GET ftp://test/ HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_target", "RFC 9112, section 3.2.2"},
		{"malformed: a URL with a user", "GET http://me@test/ HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_target", "RFC 9110, section 4.2.4"},
		{"malformed: a URL without a host", "GET http:///nowhere HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_target", "RFC 9110, section 4.2.1"},
		{"malformed: NUL in the target", "GET /no\x00where HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_target", "RFC 9112, section 3.2"},
		{"malformed: UTF-8 in the target", "GET /caf\xc3\xa9 HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_target", "RFC 3986, section 2"},
		{"malformed: a slash in overlong UTF-8", "GET /\xc0\xafnowhere HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_target", "RFC 3629, section 3"},
		{"malformed: half an escape", "GET /no%2 HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_target", "RFC 3986, section 2.1"},
		{"malformed: UTF-8 in the method", "G\xc3\x89T /nowhere HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "request_line", "RFC 9110, section 9.1"},
		{"malformed: any bytes", "\x80\x81\xfe\xff\x00\x01\x02\r\n\r\n", "400", false, "request_line", "RFC 9112, section 3"},
		{"malformed: a target of 100 KiB", "GET /" + strings.Repeat("a", 100<<10) + " HTTP/1.1\r\nHost: test\r\n\r\n", "431", false, "header_too_large", "RFC 6585, section 5"},

		// Field names and values.
		{"compliance: a space before the colon", rawGet + "X : a\r\n\r\n", "400", false, "space_before_colon", "RFC 9112, section 5.1"},
		{"smuggling: a space behind Transfer-Encoding", rawPost + "Content-Length: 24\r\nTransfer-Encoding : chunked\r\n\r\n" + rawQuery, "400", false, "space_before_colon", "RFC 9112, section 5.1"},
		{"smuggling: a tab behind Content-Length", rawPost + "Content-Length\t: 24\r\n\r\n" + rawQuery, "400", false, "space_before_colon", "RFC 9112, section 5.1"},
		{"compliance: an empty name", rawGet + ": a\r\n\r\n", "400", false, "field_name", "RFC 9112, section 5"},
		{"compliance: no colon", rawGet + "nonsense\r\n\r\n", "400", false, "field_name", "RFC 9112, section 5"},
		{"compliance: brackets in a name", rawGet + "X[y]: a\r\n\r\n", "400", false, "field_name", "RFC 9110, section 5.1"},
		{"compliance: a space in a name", rawGet + "Content Length: 3\r\n\r\n", "400", false, "field_name", "RFC 9110, section 5.1"},
		{"malformed: UTF-8 in a name", rawGet + "X-\xc3\xab: a\r\n\r\n", "400", false, "field_name", "RFC 9110, section 5.1"},
		{"malformed: NUL in a name", rawGet + "X\x00: a\r\n\r\n", "400", false, "field_name", "RFC 9110, section 5.1"},
		{"malformed: NUL in a value", rawGet + "X: a\x00b\r\n\r\n", "400", false, "field_value", "RFC 9110, section 5.5"},
		{"malformed: a bell in a value", rawGet + "X: a\x07b\r\n\r\n", "400", false, "field_value", "RFC 9110, section 5.5"},
		{"malformed: DEL in a value", rawGet + "X: a\x7fb\r\n\r\n", "400", false, "field_value", "RFC 9110, section 5.5"},
		{"malformed: a name of 100 KiB", rawGet + strings.Repeat("a", 100<<10) + ": a\r\n\r\n", "431", false, "header_too_large", "RFC 6585, section 5"},
		{"malformed: a value of 100 KiB", rawGet + "X: " + strings.Repeat("a", 100<<10) + "\r\n\r\n", "431", false, "header_too_large", "RFC 6585, section 5"},
		{"malformed: ten thousand fields", rawGet + strings.Repeat("X-Field: a\r\n", 10000) + "\r\n", "431", false, "header_too_large", "RFC 6585, section 5"},
		{"smuggling: Content_Length", rawPost + "Content_Length: 24\r\n\r\n" + rawQuery, "400", false, "lookalike_name", "RFC 3875, section 4.1.18: some make one of both"},
		{"smuggling: Transfer_Encoding beside a length", rawPost + "Content-Length: 24\r\nTransfer_Encoding: chunked\r\n\r\n" + rawQuery, "400", false, "lookalike_name", "RFC 3875, section 4.1.18"},
		{"smuggling: Connection: Content-Length", rawPost + "Content-Length: 24\r\nConnection: keep-alive, Content-Length\r\n\r\n" + rawQuery, "400", false, "connection_option", "RFC 9110, section 7.6.1"},
		{"smuggling: Connection: transfer-encoding", rawPost + "Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "connection_option", "RFC 9110, section 7.6.1"},

		// Host.
		{"compliance: no Host", "GET /nowhere HTTP/1.1\r\n\r\n", "400", false, "host_missing", "RFC 9112, section 3.2"},
		{"compliance: two Hosts", rawGet + "Host: other\r\n\r\n", "400", false, "host_repeated", "RFC 9112, section 3.2"},
		{"compliance: the same Host twice", rawGet + "Host: test\r\n\r\n", "400", false, "host_repeated", "RFC 9112, section 3.2"},
		{"compliance: a Host with a user", "GET /nowhere HTTP/1.1\r\nHost: me@test\r\n\r\n", "400", false, "host", "RFC 9112, section 3.2"},
		{"compliance: a Host with a path", "GET /nowhere HTTP/1.1\r\nHost: test/nowhere\r\n\r\n", "400", false, "host", "RFC 9112, section 3.2"},
		{"smuggling: a list of Hosts", "GET /nowhere HTTP/1.1\r\nHost: test, other\r\n\r\n", "400", false, "host", "RFC 9112, section 3.2"},
		{"malformed: a Host with a port of letters", "GET /nowhere HTTP/1.1\r\nHost: test:http\r\n\r\n", "400", false, "host", "RFC 9110, section 7.2"},
		{"malformed: half a bracket", "GET /nowhere HTTP/1.1\r\nHost: [::1\r\n\r\n", "400", false, "host", "RFC 3986, section 3.2.2"},
		{"smuggling: a URL of another host", "GET http://other/nowhere HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "host_mismatch", "RFC 9112, section 3.2.2"},
		{"smuggling: a URL of another port", "GET http://test:81/nowhere HTTP/1.1\r\nHost: test\r\n\r\n", "400", false, "host_mismatch", "RFC 9112, section 3.2.2"},

		// Content-Length.
		{"smuggling: two lengths", rawPost + "Content-Length: 24\r\nContent-Length: 0\r\n\r\n" + rawQuery, "400", false, "content_length_repeated", "RFC 9112, section 6.3"},
		{"smuggling: the same length twice", rawPost + "Content-Length: 24\r\nContent-Length: 24\r\n\r\n" + rawQuery, "400", false, "content_length_repeated", "RFC 9112, section 6.3"},
		{"smuggling: a request for the shorter of two lengths", rawPost + "Content-Length: 0\r\nContent-Length: 39\r\n\r\n" + smuggled, "400", false, "content_length_repeated", "RFC 9112, section 6.3"},
		{"smuggling: a list of lengths", rawPost + "Content-Length: 24, 24\r\n\r\n" + rawQuery, "400", false, "content_length", "RFC 9110, section 8.6"},
		{"smuggling: a list of different lengths", rawPost + "Content-Length: 24, 0\r\n\r\n" + rawQuery, "400", false, "content_length", "RFC 9110, section 8.6"},
		{"compliance: a length with a plus", rawPost + "Content-Length: +24\r\n\r\n" + rawQuery, "400", false, "content_length", "RFC 9110, section 8.6"},
		{"smuggling: a length below zero", rawPost + "Content-Length: -24\r\n\r\n" + rawQuery, "400", false, "content_length", "RFC 9110, section 8.6"},
		{"smuggling: a length of -0", rawPost + "Content-Length: -0\r\n\r\n", "400", false, "content_length", "RFC 9110, section 8.6"},
		{"compliance: a length of letters", rawPost + "Content-Length: abc\r\n\r\n" + rawQuery, "400", false, "content_length", "RFC 9110, section 8.6"},
		{"smuggling: a length with a letter", rawPost + "Content-Length: 24a\r\n\r\n" + rawQuery, "400", false, "content_length", "RFC 9110, section 8.6"},
		{"smuggling: a length with a space in it", rawPost + "Content-Length: 2 4\r\n\r\n" + rawQuery, "400", false, "content_length", "RFC 9110, section 8.6"},
		{"smuggling: a length with an underscore", rawPost + "Content-Length: 2_4\r\n\r\n" + rawQuery, "400", false, "content_length", "RFC 9110, section 8.6"},
		{"smuggling: a length of 0x18", rawPost + "Content-Length: 0x18\r\n\r\n" + rawQuery, "400", false, "content_length", "RFC 9110, section 8.6"},
		{"smuggling: a length of 0o30", rawPost + "Content-Length: 0o30\r\n\r\n" + rawQuery, "400", false, "content_length", "RFC 9110, section 8.6"},
		{"smuggling: a length of 024", rawPost + "Content-Length: 024\r\n\r\n" + rawQuery, "400", false, "content_length", "RFC 9110, section 8.6 allows it; some take it for octal"},
		{"smuggling: a length of 00", rawPost + "Content-Length: 00\r\n\r\n", "400", false, "content_length", "RFC 9110, section 8.6 allows it; the same"},
		{"malformed: an empty length", rawPost + "Content-Length:\r\n\r\n" + rawQuery, "400", false, "content_length", "RFC 9110, section 8.6"},
		{"malformed: a length beyond 64 bits", rawPost + "Content-Length: 18446744073709551640\r\n\r\n" + rawQuery, "400", false, "content_length", "RFC 9110, section 8.6"},
		{"malformed: a length in other digits", rawPost + "Content-Length: \xd9\xa2\xd9\xa4\r\n\r\n" + rawQuery, "400", false, "content_length", "RFC 9110, section 8.6"},

		// Transfer-Encoding.
		{"smuggling: a length, then a coding", rawPost + both + ok + "0\r\n\r\n", "400", false, "content_length_and_transfer_encoding", "RFC 9112, section 6.1"},
		{"smuggling: a coding, then a length", rawPost + "Transfer-Encoding: chunked\r\nContent-Length: 24\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "content_length_and_transfer_encoding", "RFC 9112, section 6.1"},
		{"smuggling: a request behind the last chunk", rawPost + "Content-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, "400", false, "content_length_and_transfer_encoding", "RFC 9112, section 11.2"},
		{"smuggling: a request in a chunk", rawPost + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n27\r\n" + smuggled + "\r\n0\r\n\r\n", "400", false, "content_length_and_transfer_encoding", "RFC 9112, section 11.2"},
		{"smuggling: a coding beside a length of nothing", rawPost + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", false, "content_length_and_transfer_encoding", "RFC 9112, section 6.1"},
		{"smuggling: xchunked", rawPost + "Transfer-Encoding: xchunked\r\n\r\n", "400", false, "transfer_encoding", "RFC 9112, section 6.1"},
		{"smuggling: identity", rawPost + "Transfer-Encoding: identity\r\nContent-Length: 24\r\n\r\n" + rawQuery, "400", false, "transfer_encoding", "RFC 9112, section 7"},
		{"smuggling: chunked, identity", rawPost + "Transfer-Encoding: chunked, identity\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "transfer_encoding", "RFC 9112, section 6.3"},
		{"smuggling: chunked, chunked", rawPost + "Transfer-Encoding: chunked, chunked\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "transfer_encoding", "RFC 9112, section 6.1"},
		{"smuggling: gzip, chunked", rawPost + "Transfer-Encoding: gzip, chunked\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "transfer_encoding", "RFC 9112, section 6.1: not a coding we have"},
		{"smuggling: chunked, gzip", rawPost + "Transfer-Encoding: chunked, gzip\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "transfer_encoding", "RFC 9112, section 6.3"},
		{"smuggling: two codings in two fields", rawPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "transfer_encoding", "RFC 9112, section 6.1"},
		{"smuggling: chunked in two fields", rawPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "transfer_encoding", "RFC 9112, section 6.1"},
		{"smuggling: a comma before chunked", rawPost + "Transfer-Encoding: , chunked\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "transfer_encoding", "RFC 9110, section 5.6.1.2 allows it; not all read it"},
		{"smuggling: a comma behind chunked", rawPost + "Transfer-Encoding: chunked,\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "transfer_encoding", "RFC 9110, section 5.6.1.2 allows it; not all read it"},
		{"smuggling: chunked with a parameter", rawPost + "Transfer-Encoding: chunked;q=1\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "transfer_encoding", "RFC 9112, section 7.1"},
		{"smuggling: chunked in quotes", rawPost + "Transfer-Encoding: \"chunked\"\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "transfer_encoding", "RFC 9112, section 7"},
		{"smuggling: chunked with a Kelvin sign", rawPost + "Transfer-Encoding: chun\u212aed\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "transfer_encoding", "RFC 9110, section 5.6.2: a k by Unicode's rules alone"},
		{"smuggling: an empty coding", rawPost + "Transfer-Encoding:\r\nContent-Length: 24\r\n\r\n" + rawQuery, "400", false, "transfer_encoding", "RFC 9112, section 6.1"},
		{"smuggling: a vertical tab before chunked", rawPost + "Transfer-Encoding: \x0bchunked\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "field_value", "RFC 9110, section 5.5"},
		{"smuggling: a form feed before chunked", rawPost + "Transfer-Encoding: \x0cchunked\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "field_value", "RFC 9110, section 5.5"},
		{"smuggling: NUL behind chunked", rawPost + "Transfer-Encoding: chunked\x00\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "field_value", "RFC 9110, section 5.5"},
		{"smuggling: chunked in HTTP/1.0", "POST /graphql HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "transfer_encoding_version", "RFC 9112, section 6.1"},
		{"smuggling: Trailer: Content-Length", rawPost + "Trailer: X-Sum, Content-Length\r\nTransfer-Encoding: chunked\r\n\r\n" + ok + "0\r\n\r\n", "400", false, "trailer_name", "RFC 9110, section 6.5.1"},

		// Chunks. By then the request has begun, so it is its handler that answers.
		{"smuggling: a bare LF behind a size", rawChunk + "18\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "bare_lf", "RFC 9112, section 7.1"},
		{"smuggling: a bare LF behind a chunk", rawChunk + "18\r\n" + rawQuery + "\n0\r\n\r\n", "400", false, "chunk_end", "RFC 9112, section 7.1"},
		{"smuggling: a bare LF behind the last size", rawChunk + ok + "0\n\r\n", "400", false, "bare_lf", "RFC 9112, section 7.1"},
		{"smuggling: a bare LF behind the trailers", rawChunk + ok + "0\r\n\n", "400", false, "bare_lf", "RFC 9112, section 7.1"},
		{"smuggling: a bare LF in an extension", rawChunk + "18;a\nb\r\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "bare_lf", "RFC 9112, section 7.1.1"},
		{"smuggling: a bare CR behind a size", rawChunk + "18\r" + rawQuery + "\r\n0\r\n\r\n", "400", false, "chunk_size", "RFC 9112, section 7.1"},
		{"smuggling: a bare CR in an extension", rawChunk + "18;a\rb\r\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "chunk_extension", "RFC 9112, section 7.1.1"},
		{"smuggling: a size of 0x18", rawChunk + "0x18\r\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "chunk_size", "RFC 9112, section 7.1"},
		{"smuggling: a size with a plus", rawChunk + "+18\r\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "chunk_size", "RFC 9112, section 7.1"},
		{"smuggling: a size below zero", rawChunk + "-18\r\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "chunk_size", "RFC 9112, section 7.1"},
		{"smuggling: a last size with a plus", rawChunk + ok + "+0\r\n\r\n" + smuggled, "400", false, "chunk_size", "RFC 9112, section 7.1"},
		{"smuggling: a size with an underscore", rawChunk + "1_8\r\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "chunk_size", "RFC 9112, section 7.1"},
		{"smuggling: a space before a size", rawChunk + " 18\r\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "chunk_size", "RFC 9112, section 7.1"},
		{"smuggling: a space behind a size", rawChunk + "18 \r\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "chunk_size", "RFC 9112, section 7.1"},
		{"smuggling: an empty size", rawChunk + "\r\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "chunk_size", "RFC 9112, section 7.1"},
		{"smuggling: a size of other letters", rawChunk + "1g\r\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "chunk_size", "RFC 9112, section 7.1"},
		{"malformed: a size beyond 64 bits", rawChunk + "10000000000000018\r\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "chunk_size", "RFC 9112, section 7.1"},
		{"smuggling: a semicolon without an extension", rawChunk + "18;\r\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "chunk_extension", "RFC 9112, section 7.1.1"},
		{"smuggling: an extension that is no token", rawChunk + "18;a[b\r\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "chunk_extension", "RFC 9112, section 7.1.1"},
		{"smuggling: NUL in an extension", rawChunk + "18;a\x00\r\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "chunk_extension", "RFC 9112, section 7.1.1"},
		{"malformed: an extension of 64 KiB", rawChunk + "18;" + strings.Repeat("a", 64<<10) + "\r\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "chunk_extension", "RFC 9112, section 7.1.1"},
		{"smuggling: no end behind a chunk", rawChunk + "18\r\n" + rawQuery + "0\r\n\r\n", "400", false, "chunk_end", "RFC 9112, section 7.1"},
		{"smuggling: a chunk larger than its size", rawChunk + "17\r\n" + rawQuery + "\r\n0\r\n\r\n", "400", false, "chunk_end", "RFC 9112, section 7.1"},
		{"smuggling: Content-Length behind the content", rawChunk + ok + "0\r\nContent-Length: 39\r\n\r\n" + smuggled, "400", false, "trailer_name", "RFC 9110, section 6.5.1"},
		{"smuggling: Transfer-Encoding behind the content", rawChunk + ok + "0\r\nTransfer-Encoding: chunked\r\n\r\n", "400", false, "trailer_name", "RFC 9110, section 6.5.1"},
		{"smuggling: Host behind the content", rawChunk + ok + "0\r\nHost: other\r\n\r\n", "400", false, "trailer_name", "RFC 9110, section 6.5.1"},
		{"malformed: a folded trailer", rawChunk + ok + "0\r\nX: a\r\n b\r\n\r\n", "400", false, "folded_line", "RFC 9112, section 5.2"},
		{"malformed: a trailer without a colon", rawChunk + ok + "0\r\nnonsense\r\n\r\n", "400", false, "field_name", "RFC 9112, section 5"},
		{"malformed: trailers of 8 KiB", rawChunk + ok + "0\r\nX: " + strings.Repeat("a", 8<<10) + "\r\n\r\n", "400", false, "trailers_too_large", "RFC 9112, section 7.1.2"},

		// Behind good requests, and where nobody reads the content.
		{"smuggling: bad behind good ones", rawGet + "\r\n" + rawPost + "Content-Length: 24\r\n\r\n" + rawQuery + rawPost + both, "404 200 400", false, "content_length_and_transfer_encoding", "RFC 9112, section 9.3.2: each in its turn"},
		{"smuggling: bad behind content that nobody reads", rawGet + "Content-Length: 3\r\n\r\nabc" + rawGet + "X : a\r\n\r\n", "404 400", false, "space_before_colon", "RFC 9112, section 9.3.2"},
		{"smuggling: bad behind a request for an upgrade", rawGet + "Upgrade: h2c\r\n\r\n" + rawGet + "X: a\n\r\n", "404 400", false, "bare_lf", "RFC 9110, section 7.8: it was not granted"},
		{"smuggling: bad chunks that nobody reads", "POST /nowhere HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n", "404", false, "chunk_size", "RFC 9112, section 9.6: what is behind cannot be found"},
	}
}

func TestRequestsThatHaveOneReadingAreAnswered(t *testing.T) { tryRaw(t, goodCases()) }

func TestRequestsThatHaveMoreReadingsAreRefused(t *testing.T) { tryRaw(t, refusedCases()) }

// tryRaw tries cases on a gateway, over TCP and over TLS.
func tryRaw(t *testing.T, cases []rawCase) {
	t.Helper()
	t.Parallel()
	inTheQuickRun(t)
	open := with(standard, "auth", "anonymous: true")
	section, roots := certificate(t)
	plain, secret := &rawDoor{program: start(t, open)}, &rawDoor{program: start(t, with(open, "server", section))}
	trust := &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", NextProtos: []string{"http/1.1"}}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			plain.try(t, dial(t, plain.program), c)
			secret.try(t, tls.Client(dial(t, secret.program), trust), c)
		})
	}
	plain.answers(t)
}

// rawDoor is a gateway, and how often its guard had refused by the end of the last case.
type rawDoor struct {
	*program
	counted map[string]int
}

func (d *rawDoor) try(t *testing.T, conn net.Conn, c rawCase) {
	t.Helper()
	go func() { _, _ = io.WriteString(conn, c.sent+behind) }() // what nobody wants any more may not be taken
	method, _, _ := strings.Cut(c.sent, " ")
	answers := rawAnswers(t, conn, method)
	want := c.want
	if c.goesOn {
		want += " 404"
	}
	if got := statuses(answers); !fits(got, want) {
		t.Fatalf("the answers are %q, want %q (%s)\nThe last of them: %s", got, want, c.why, answers[len(answers)-1].body)
	}
	refused := d.newRefusals(t)
	if c.reason == "" {
		if len(refused) > 0 {
			t.Errorf("it counts as refused: %v", refused)
		}
		return
	}
	if diff := cmp.Diff(map[string]int{c.reason: 1}, refused); diff != "" {
		t.Errorf("what it counts as (-want +got):\n%s", diff)
	}
	checkRefused(t, answers[len(answers)-1])
}

// checkRefused checks the answer to what was refused. Where nobody read the content there is none.
func checkRefused(t *testing.T, r reply) {
	t.Helper()
	code := map[int]string{400: "BAD_USER_INPUT", 431: "HEADER_TOO_LARGE", 404: "NOT_FOUND"}[r.status]
	refusal{r.status, problemJSON, code, "", ""}.check(t, r)
	if r.status == http.StatusNotFound {
		return
	}
	if got := r.header.Get("Connection"); got != "close" {
		t.Errorf("Connection: %q", got)
	}
	if r.status == http.StatusBadRequest && !strings.Contains(string(r.body), "can be read in more than one way") {
		t.Errorf("it does not say what is wrong: %s", r.body)
	}
}

// rawAnswers reads until the gateway closes the connection. The first answer is to a request of the given method.
func rawAnswers(t *testing.T, conn net.Conn, method string) (all []reply) {
	t.Helper()
	r := bufio.NewReader(conn)
	for {
		if _, err := r.Peek(1); errors.Is(err, io.EOF) {
			return all
		}
		res, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			t.Fatalf("after %s: %v", statuses(all), err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil {
			t.Fatalf("after %s: %v", statuses(all), err)
		}
		if res.Close {
			res.Header.Set("Connection", "close") // ReadResponse takes it out
		}
		all = append(all, reply{res.StatusCode, res.Header, body})
		method = http.MethodGet
	}
}

func statuses(answers []reply) string {
	var all []string
	for _, r := range answers {
		all = append(all, strconv.Itoa(r.status))
	}
	return strings.Join(all, " ")
}

// fits compares with statuses in which an x stands for any digit.
func fits(got, want string) bool {
	pattern := "^" + strings.ReplaceAll(want, "x", "[0-9]") + "$"
	return regexp.MustCompile(pattern).MatchString(got)
}

var framingRefused = regexp.MustCompile(`(?m)^concierge_framing_refused_total\{reason="(\w+)"\} (\d+)$`)

// newRefusals are what the guard has counted since they were asked for last.
func (d *rawDoor) newRefusals(t *testing.T) map[string]int {
	t.Helper()
	before := d.counted
	d.counted = make(map[string]int)
	refused := make(map[string]int)
	for _, found := range framingRefused.FindAllStringSubmatch(string(get(t, d.admin+"/metrics").body), -1) {
		reason := found[1]
		d.counted[reason], _ = strconv.Atoi(found[2])
		if n := d.counted[reason] - before[reason]; n > 0 {
			refused[reason] = n
		}
	}
	return refused
}

// A refused request is a request like others: it has an id, a line in the log, and counts.
func TestARefusedRequestIsLoggedLikeOthers(t *testing.T) {
	p := start(t, standard)
	conn := dial(t, p)
	write(t, conn, "GET /"+canary+" HTTP/1.1\nHost: test\r\nX-Request-ID: its-own\r\n\r\n")
	answers := rawAnswers(t, conn, http.MethodGet)
	if got := statuses(answers); got != "400" {
		t.Fatalf("the answers are %q", got)
	}
	id := answers[0].header.Get("X-Request-ID")
	p.log.await(t, func(log string) bool {
		return strings.Contains(log, fmt.Sprintf(`"request_id":%q`, id)) && strings.Contains(log, `"status":400`)
	})
	saysNothingOf(t, p.log.String(), canary, "its-own") // nothing of it was read
	saysNothingOf(t, string(answers[0].body), canary, "its-own")
}
