package framing

import (
	"bytes"
	"encoding/binary"
)

// framing fields say where a request ends, where it goes, or what becomes of its connection.
type framingName uint8

const (
	notFraming framingName = iota
	contentLength
	transferEncoding
	hostField
	connection
	upgrade
	trailer
)

// framingField finds out whether a name is one of theirs, or would be for a program that takes an underscore for a hyphen, as
// those do that pass fields on as environment variables.
func framingField(name []byte) framingName {
	switch {
	case len(name) == len("host") && isFolded(name, "host"):
		return hostField
	case len(name) == len("upgrade") && isFolded(name, "upgrade"):
		return upgrade
	case len(name) == len("trailer") && isFolded(name, "trailer"):
		return trailer
	case len(name) == len("connection") && isFolded(name, "connection"):
		return connection
	case len(name) == len("content-length") && isFolded(name, "content-length"):
		return contentLength
	case len(name) == len("transfer-encoding") && isFolded(name, "transfer-encoding"):
		return transferEncoding
	default:
		return notFraming
	}
}

// judgeNames refuses a list of names that holds one of a field without which the request would be another. Who removes the fields
// that Connection names would remove it (RFC 9110, section 7.6.1); who believes Trailer would expect it behind the content.
func judgeNames(list []byte, r reason) reason {
	for len(list) > 0 {
		name, rest, _ := bytes.Cut(list, []byte(","))
		switch framingField(bytes.Trim(name, " \t")) {
		case contentLength, transferEncoding, hostField, trailer:
			return r
		case connection, upgrade:
			if r == trailerName {
				return r
			}
		default:
		}
		list = rest
	}
	return none
}

// isFolded compares with a name in lower case, letters of either case and underscores for hyphens. Nothing else is equal: by the
// rules of Unicode a Kelvin sign would be a k.
func isFolded(b []byte, name string) bool {
	if len(b) != len(name) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c == '_' {
			c = '-'
		}
		if c != name[i] {
			return false
		}
	}
	return true
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

func trimRight(b []byte) []byte {
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// The characters of a token (RFC 9110, section 5.6.2), a bit for each: those below 64, and those from 64 on.
const (
	ten, letters        = 1<<10 - 1, 1<<26 - 1
	lowTokens    uint64 = ten<<'0' | 1<<'!' | 1<<'#' | 1<<'$' | 1<<'%' | 1<<'&' | 1<<'\'' | 1<<'*' | 1<<'+' | 1<<'-' | 1<<'.'
	highTokens   uint64 = letters<<('A'-64) | letters<<('a'-64) | 1<<('^'-64) | 1<<('_'-64) | 1<<('`'-64) | 1<<('|'-64) | 1<<('~'-64)
)

// tokenLen is how many bytes of a token b begins with.
func tokenLen(b []byte) int {
	for i, c := range b {
		if c < 64 && lowTokens>>c&1 == 0 || c >= 64 && (c >= 128 || highTokens>>(c-64)&1 == 0) {
			return i
		}
	}
	return len(b)
}

// controlIndex finds the first control character that no value may have (RFC 9110, section 5.5), or gives -1. Eight bytes are
// looked at together, and again one by one where there is any among them, such as a tab.
func controlIndex(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if mayHoldControl(binary.LittleEndian.Uint64(b[i:])) {
			if found := firstControl(b[i : i+8]); found >= 0 {
				return i + found
			}
		}
	}
	if found := firstControl(b[i:]); found >= 0 {
		return i + found
	}
	return -1
}

func firstControl(b []byte) int {
	for i, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return i
		}
	}
	return -1
}

// mayHoldControl tells whether a word has a byte below 0x20 or one that is 0x7f ("Determine if a word has a byte less than n",
// S. E. Anderson, Bit Twiddling Hacks).
func mayHoldControl(word uint64) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	deletes := word ^ 0x7f*ones
	return ((word-0x20*ones)&^word|(deletes-ones)&^deletes)&tops != 0
}
