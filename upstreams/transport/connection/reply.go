package connection

import (
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
)

// usual is a usual answer, and the values of its fields: one piece of memory for both.
type usual struct {
	http.Response

	values [mostUsual]string
}

// mostUsual is how many fields take no memory of their own: as many as most answers have.
const mostUsual = 8

// readUsual makes an answer of the lines of its header, where it is a usual one: the final one, in HTTP/1.1, with a body of an
// announced length, and each field there once. That can be read in one way only. net/http reads it the same, and takes longer,
// since it looks at everything that may be otherwise. It reports false for any other, which is left to net/http.
//
// The texts of the answer are pieces of lines.
func readUsual(lines string, into *usual) bool {
	status, fields, ok := strings.Cut(lines, "\r\n")
	code, ok := usualStatus(status, ok)
	if !ok {
		return false
	}
	header, length := usualFields(fields, into.values[:])
	if length < 0 {
		return false
	}
	into.Response = http.Response{
		Status: status[len("HTTP/1.1 "):], StatusCode: code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, ContentLength: length, Body: http.NoBody,
	}
	return true
}

// usualStatus reads the status line of a final answer that may have a body.
func usualStatus(line string, ended bool) (code int, ok bool) {
	const before, after = len("HTTP/1.1 "), len("HTTP/1.1 200")
	if !ended || len(line) <= after || line[:before] != "HTTP/1.1 " || line[after] != ' ' || !isText(line) {
		return 0, false
	}
	code, err := strconv.Atoi(line[before:after])
	return code, err == nil && code >= http.StatusOK && code != http.StatusNoContent && code != http.StatusNotModified
}

// usualFields reads the fields of an answer, and the length that they announce: -1 where they are not the usual ones. Their
// values are put into room, if there is enough of it.
func usualFields(lines string, room []string) (header http.Header, length int64) {
	n := strings.Count(lines, "\n")
	header, length = make(http.Header, n), -1
	values := room
	if n > len(room) {
		values = make([]string, n)
	}
	for i := range n {
		line, more, _ := strings.Cut(lines, "\r\n")
		name, value, ok := cutField(line)
		if !ok {
			return nil, -1
		}
		switch name {
		case "Content-Length":
			length = usualLength(value)
		case "Connection":
			ok = value == "keep-alive" // what holds without being said
		case "Transfer-Encoding", "Trailer", "Pragma":
			ok = false // they change what net/http makes of the other fields
		}
		if !ok {
			return nil, -1
		}
		values[i] = value
		header[name] = values[i : i+1 : i+1]
		lines = more
	}
	if lines != "" || len(header) != n { // a field is there twice
		return nil, -1
	}
	return header, length
}

// cutField reads a field, with the name as http.Header has it.
func cutField(line string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(line, ":")
	if !ok || name == "" || !isText(value) {
		return "", "", false
	}
	canonical, first := true, true
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z':
			canonical = canonical && !first
		case 'A' <= c && c <= 'Z':
			canonical = canonical && first
		case c != '-' && (c < '0' || c > '9'):
			return "", "", false
		}
		first = name[i] == '-'
	}
	if !canonical {
		name = http.CanonicalHeaderKey(name)
	}
	return name, textproto.TrimString(value), true
}

// usualLength is -1 for what is no length that is written as lengths are.
func usualLength(text string) int64 {
	const most = 15 // digits, so that it fits in any case
	if text == "" || len(text) > most || text[0] == '0' && len(text) > 1 {
		return -1
	}
	length := int64(0)
	for i := range len(text) {
		c := text[i]
		if c < '0' || c > '9' {
			return -1
		}
		length = length*10 + int64(c-'0')
	}
	return length
}
