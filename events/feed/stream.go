package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// The bounds of a stream, in bytes: of a line, and of all the data of a message.
const (
	maxLine = 16 << 10
	maxData = 64 << 10
	// maxID bounds the name of a message. A longer one is none.
	maxID = 256
)

// errLong is of a stream that would take too much memory.
var errLong = errors.New("a message of the stream is too long")

// message is what a stream of events has dispatched.
type message struct {
	id, name string
	data     []byte
}

// stream reads an event stream
// (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation).
type stream struct {
	lines *bufio.Scanner
	last  string        // the name of the last message, or what the stream gave in place of it
	retry time.Duration // what the stream wants whoever lost it to wait, 0 where it has not said
}

// newStream reads on after the message of a name.
func newStream(from io.Reader, last string) *stream {
	s := &stream{lines: bufio.NewScanner(from), last: last}
	s.lines.Buffer(make([]byte, 0, 1<<10), maxLine)
	s.lines.Split(new(splitter).split)
	return s
}

// splitter finds lines, which a line feed, a carriage return, or both end. A line ends at the carriage return already: the line
// feed may come with the next message only. A line that nothing ends is none.
type splitter struct {
	begun bool // after the first line, before which a byte order mark may stand
	feed  bool // whether a line feed would belong to the line before
}

func (s *splitter) split(data []byte, _ bool) (advance int, line []byte, err error) {
	if s.feed && len(data) > 0 && data[0] == '\n' {
		advance, data = 1, data[1:]
	}
	at := bytes.IndexAny(data, "\r\n")
	if at < 0 {
		return 0, nil, nil
	}
	line = data[:at:at]
	if !s.begun {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	s.begun, s.feed = true, data[at] == '\r'
	return advance + at + 1, line, nil
}

// next is the next message. Its data is good until the next one is asked for.
func (s *stream) next() (message, error) {
	var m message
	id, some := s.last, false
	for s.lines.Scan() {
		line := s.lines.Bytes()
		if len(line) == 0 {
			s.last = id
			if some {
				m.id, m.data = id, m.data[:len(m.data)-1]
				return m, nil
			}
			m = message{data: m.data[:0]}
			continue
		}
		name, value := splitField(line)
		switch name {
		case "event":
			m.name = value
		case "data":
			m.data, some = append(append(m.data, value...), '\n'), true
		case "id":
			if len(value) <= maxID && !strings.Contains(value, "\x00") {
				id = value
			}
		case "retry":
			s.wait(value)
		}
		if len(m.data) > maxData {
			return message{}, errLong
		}
	}
	return message{}, s.ended()
}

// ended is why there is no further line.
func (s *stream) ended() error {
	switch err := s.lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return errLong
	case err != nil:
		return fmt.Errorf("read the stream: %w", err)
	default:
		return io.EOF
	}
}

// wait takes a time in milliseconds, of digits alone.
func (s *stream) wait(value string) {
	milliseconds, err := strconv.ParseUint(value, 10, 31)
	if err == nil {
		s.retry = time.Duration(milliseconds) * time.Millisecond
	}
}

// splitField is a line's field and value. A comment is a field without a name.
func splitField(line []byte) (name, value string) {
	name, value, _ = strings.Cut(string(line), ":")
	return name, strings.TrimPrefix(value, " ")
}
