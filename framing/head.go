package framing

import "bytes"

// method is what the guard has to know of a method: which forms of target it allows.
type method uint8

const (
	methodOther method = iota
	methodPost
	methodConnect
	methodOptions
)

// span is a part of a section.
type span struct{ from, to int }

func (s span) of(section []byte) []byte { return section[s.from:s.to] }

// head is what is known of a header section.
type head struct {
	begun     bool // its request line was there
	method    method
	http11    bool
	named     bool // the target names a host: authority
	hosted    bool // there is a Host: host
	measured  bool // there is a Content-Length: length
	chunked   bool
	upgrades  bool // the connection may be another protocol's after the answer
	authority span
	host      span
	length    int64
}

// judgeRequestLine judges the first line (RFC 9112, section 3), which begins at the given place of its section.
func (h *head) judgeRequestLine(line []byte, at int) reason {
	first, last := bytes.IndexByte(line, ' '), bytes.LastIndexByte(line, ' ')
	switch {
	case bytes.IndexByte(line, '\r') >= 0:
		return bareCR
	case first < 0 || tokenLen(line) != first || first == 0:
		return requestLine
	case last <= first+1 || bytes.IndexByte(line[first+1:last], ' ') >= 0:
		return requestLine
	}
	switch string(line[last+1:]) {
	case "HTTP/1.1":
		h.http11 = true
	case "HTTP/1.0":
	default:
		return httpVersion
	}
	h.begun = true
	h.method = methodOf(line[:first])
	h.upgrades = h.method == methodConnect
	return h.judgeTarget(line[first+1:last], at+first+1)
}

func methodOf(name []byte) method {
	switch string(name) {
	case "POST":
		return methodPost
	case "CONNECT":
		return methodConnect
	case "OPTIONS":
		return methodOptions
	default:
		return methodOther
	}
}

// judgeField judges one line behind the first (RFC 9112, section 5).
func (h *head) judgeField(line []byte, at int) reason {
	name, value, r := cutField(line)
	if r != none {
		return r
	}
	frames := framingField(name)
	if frames != notFraming && bytes.IndexByte(name, '_') >= 0 {
		return lookalike
	}
	switch frames {
	case contentLength:
		return h.setLength(value)
	case transferEncoding:
		return h.setEncoding(value)
	case hostField:
		return h.setHost(value, at+len(line)-len(value))
	case connection:
		return judgeNames(value, connectionOption)
	case trailer:
		return judgeNames(value, trailerName)
	case upgrade:
		h.upgrades = true
	default:
	}
	return none
}

// judgeTrailer judges one line behind chunked content (RFC 9110, section 6.5.1).
func judgeTrailer(line []byte) reason {
	name, _, r := cutField(line)
	if r == none && framingField(name) != notFraming {
		return trailerName
	}
	return r
}

// cutField cuts a line into a name, which is a token, and a value without control characters. Spaces before the value are cut
// off, those behind it are not.
func cutField(line []byte) (name, value []byte, r reason) {
	if isSpace(line[0]) {
		return nil, nil, foldedLine
	}
	n := tokenLen(line)
	if n == 0 || n == len(line) || line[n] != ':' {
		return nil, nil, badName(line, n)
	}
	name, value = line[:n], line[n+1:]
	if i := controlIndex(value); i >= 0 {
		return nil, nil, badValue(value[i])
	}
	for len(value) > 0 && isSpace(value[0]) {
		value = value[1:]
	}
	return name, value, none
}

// badName tells apart why no colon follows the token of n bytes with which a line begins.
func badName(line []byte, n int) reason {
	rest := line[n:]
	switch {
	case len(rest) > 0 && rest[0] == '\r':
		return bareCR
	case n > 0 && len(bytes.TrimLeft(rest, " \t")) < len(rest) && bytes.HasPrefix(bytes.TrimLeft(rest, " \t"), []byte(":")):
		return spaceBeforeColon
	default:
		return fieldName
	}
}

func badValue(c byte) reason {
	if c == '\r' {
		return bareCR
	}
	return fieldValue
}

// setLength takes a Content-Length (RFC 9112, section 6.3). Zeros before the number are no part of it: there are programs that
// take 010 for eight.
func (h *head) setLength(value []byte) reason {
	if h.measured {
		return lengthRepeated
	}
	h.measured = true
	const digits = 18 // which any int64 can hold
	value = trimRight(value)
	if len(value) == 0 || len(value) > digits || value[0] == '0' && len(value) > 1 {
		return lengthValue
	}
	for _, c := range value {
		if c < '0' || c > '9' {
			return lengthValue
		}
		h.length = h.length*10 + int64(c-'0')
	}
	return none
}

// setEncoding takes a Transfer-Encoding. The gateway knows no other coding than chunked, and that stands alone.
func (h *head) setEncoding(value []byte) reason {
	switch {
	case !h.http11: // RFC 9112, section 6.1
		return encodingVersion
	case h.chunked || !isFolded(trimRight(value), "chunked"):
		return encodingValue
	}
	h.chunked = true
	return none
}

func (h *head) setHost(value []byte, at int) reason {
	value = trimRight(value)
	switch {
	case h.hosted:
		return hostRepeated
	case !isHost(value):
		return hostValue
	}
	h.hosted = true
	h.host = span{at, at + len(value)}
	return none
}

// judge judges what only the whole section can tell.
func (h *head) judge(section []byte) reason {
	switch {
	case h.http11 && !h.hosted: // RFC 9112, section 3.2
		return hostMissing
	case h.chunked && h.measured: // RFC 9112, section 6.3
		return lengthAndEncoding
	case h.method == methodConnect && (h.chunked || h.length > 0): // RFC 9110, section 9.3.6
		return connectContent
	case h.named && h.hosted && !equalHosts(h.authority.of(section), h.host.of(section)):
		// RFC 9112, section 3.2.2 lets the target win, but not every program does.
		return hostMismatch
	default:
		return none
	}
}
