// Package http1 answers how the benchmark's own programs read HTTP/1.1: whole messages, into memory that is used again.
//
// The load generator and the mock services share the processors with the servers under test, and the floor is to cost as little
// as Go allows, so none of them uses net/http. They speak to programs of this folder and to Go servers, and to nobody else: a
// message that is not plain HTTP/1.1 with a length or in chunks is an error.
package http1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// The bounds of a message, in bytes.
const (
	firstBuffer = 32 << 10
	maxMessage  = 16 << 20
)

// Reader reads messages from a connection. It is not safe for concurrent use.
type Reader struct {
	source io.Reader
	buf    []byte
	begin  int // of the message being read
	end    int // of what has come
}

// NewReader returns a reader of the messages that come from source.
func NewReader(source io.Reader) *Reader {
	return &Reader{source: source, buf: make([]byte, firstBuffer)}
}

// Message is a request or a response. Its bytes are good until the next one is read.
type Message struct {
	// Start is the request line or the status line, without its end.
	Start []byte
	// Header is the header's lines.
	Header []byte
	// Body is the whole body, without the marks of chunks.
	Body []byte
}

// How a header and a line end.
const (
	headEnd = "\r\n\r\n"
	lineEnd = "\r\n"
)

var (
	errTooLarge  = fmt.Errorf("a message is larger than %d bytes", maxMessage)
	errMalformed = errors.New("this is not an HTTP/1.1 message")
)

// Next reads a message. At the end of the connection, between two messages, it returns io.EOF. A message that names no length
// has no body.
func (r *Reader) Next() (Message, error) {
	r.compact()
	head, err := r.head()
	if err != nil {
		return Message{}, err
	}
	_, header, _ := bytes.Cut(r.buf[:head], []byte(lineEnd))
	var length int
	body := head + len(headEnd)
	switch {
	case string(Field(header, "transfer-encoding")) == "chunked":
		length, err = r.chunks(body)
	case Field(header, "content-length") != nil:
		length, err = r.sized(body, Field(header, "content-length"))
	default:
		r.begin = body
	}
	if err != nil {
		return Message{}, err
	}
	start, header, _ := bytes.Cut(r.buf[:head], []byte(lineEnd)) // reading the body may have moved the head
	return Message{Start: start, Header: header, Body: r.buf[body : body+length]}, nil
}

// compact moves what has come of the next message to the front.
func (r *Reader) compact() {
	r.end = copy(r.buf, r.buf[r.begin:r.end])
	r.begin = 0
}

// head reads up to the end of the header and returns where that begins.
func (r *Reader) head() (int, error) {
	from := 0
	for {
		if at := bytes.Index(r.buf[from:r.end], []byte(headEnd)); at >= 0 {
			return from + at, nil
		}
		from = max(0, r.end-len(headEnd)+1)
		if err := r.more(); err != nil {
			if errors.Is(err, io.EOF) && r.end == 0 {
				return 0, io.EOF
			}
			return 0, fmt.Errorf("read header: %w", unexpected(err))
		}
	}
}

// sized reads a body that says how long it is.
func (r *Reader) sized(body int, length []byte) (int, error) {
	n, ok := Number(length)
	if !ok {
		return 0, errMalformed
	}
	if err := r.until(body + n); err != nil {
		return 0, fmt.Errorf("read body: %w", err)
	}
	r.begin = body + n
	return n, nil
}

// chunks reads a body that comes in pieces, and pushes them together where they lie.
func (r *Reader) chunks(body int) (int, error) {
	at, length := body, 0
	for {
		size, data, err := r.chunkHead(at)
		if err != nil {
			return 0, fmt.Errorf("read chunk: %w", err)
		}
		at = data + size + len(lineEnd)
		if err := r.until(at); err != nil {
			return 0, fmt.Errorf("read chunk: %w", err)
		}
		if string(r.buf[at-len(lineEnd):at]) != lineEnd {
			return 0, errMalformed
		}
		if size == 0 {
			r.begin = at
			return length, nil
		}
		length += copy(r.buf[body+length:], r.buf[data:data+size])
	}
}

// maxChunkHead bounds the line before a chunk: a size of seven hex digits and no extensions.
const maxChunkHead = 7

// chunkHead reads the line at a place: the size of a chunk, and where its data begins.
func (r *Reader) chunkHead(at int) (size, data int, err error) {
	for {
		if n := bytes.Index(r.buf[min(at, r.end):r.end], []byte(lineEnd)); n >= 0 {
			size, ok := hexadecimal(r.buf[at : at+n])
			if !ok {
				return 0, 0, errMalformed
			}
			return size, at + n + len(lineEnd), nil
		}
		if r.end > at+maxChunkHead+len(lineEnd) {
			return 0, 0, errMalformed
		}
		if err := r.more(); err != nil {
			return 0, 0, unexpected(err)
		}
	}
}

// until reads at least up to a place.
func (r *Reader) until(place int) error {
	if place > maxMessage {
		return errTooLarge
	}
	for r.end < place {
		if err := r.more(); err != nil {
			return unexpected(err)
		}
	}
	return nil
}

// more reads what has come.
func (r *Reader) more() error {
	if r.end == len(r.buf) {
		if len(r.buf) >= maxMessage {
			return errTooLarge
		}
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	n, err := r.source.Read(r.buf[r.end:])
	r.end += n
	if n > 0 {
		return nil
	}
	return err
}

// unexpected is what an end is in the middle of a message.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Field is the value of a header field, nil if there is none. The name must be in lower case.
func Field(header []byte, name string) []byte {
	for len(header) > 0 {
		var line []byte
		line, header, _ = bytes.Cut(header, []byte(lineEnd))
		if len(line) > len(name) && line[len(name)] == ':' && equalFold(line[:len(name)], name) {
			return bytes.TrimSpace(line[len(name)+1:])
		}
	}
	return nil
}

func equalFold(text []byte, lower string) bool {
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// Number reads a whole number of up to nine digits.
func Number(text []byte) (n int, ok bool) {
	if len(text) == 0 || len(text) > 9 {
		return 0, false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func hexadecimal(text []byte) (n int, ok bool) {
	if len(text) == 0 || len(text) > maxChunkHead {
		return 0, false
	}
	for _, c := range text {
		switch {
		case '0' <= c && c <= '9':
			n = n<<4 | int(c-'0')
		case 'a' <= c && c <= 'f':
			n = n<<4 | int(c-'a'+10)
		case 'A' <= c && c <= 'F':
			n = n<<4 | int(c-'A'+10)
		default:
			return 0, false
		}
	}
	return n, true
}
