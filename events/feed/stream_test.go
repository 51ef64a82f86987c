package feed

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// said is all that a stream dispatches, as texts.
func said(from io.Reader) (all []string, s *stream, err error) {
	s = newStream(from, "0")
	for {
		m, err := s.next()
		if err != nil {
			return all, s, err
		}
		all = append(all, m.id+"|"+m.name+"|"+string(m.data))
	}
}

func TestStreamsAreReadAsTheStandardSays(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
		last string
	}{
		"one":                          {"id: 1\nevent: a\ndata: x\n\n", []string{"1|a|x"}, "1"},
		"carriage returns":             {"id: 1\revent: a\rdata: x\r\rdata: y\r\r", []string{"1|a|x", "1||y"}, "1"},
		"both":                         {"id: 1\r\ndata: x\r\ndata: y\r\n\r\ndata: z\r\n\r\n", []string{"1||x\ny", "1||z"}, "1"},
		"a byte order mark":            {"\ufeffdata: x\n\n", []string{"0||x"}, "0"},
		"comments":                     {": hello\n\n:\n\n", nil, "0"},
		"a name alone":                 {"id: 7\n\n", nil, "7"},
		"a name that is taken back":    {"id: 7\ndata: x\n\nid\ndata: y\n\n", []string{"7||x", "||y"}, ""},
		"a name with a null":           {"id: a\x00b\ndata: x\n\n", []string{"0||x"}, "0"},
		"a name that is too long":      {"id: " + strings.Repeat("x", 257) + "\ndata: x\n\n", []string{"0||x"}, "0"},
		"an end within a message":      {"id: 7\ndata: x\n", nil, "0"},
		"no space, and more of them":   {"data:x\ndata:  y\ndata\n\n", []string{"0||x\n y\n"}, "0"},
		"a message without data":       {"event: a\n\ndata: x\n\n", []string{"0||x"}, "0"},
		"fields that nobody knows":     {"Data: x\ndata: y\nfoo\n\n", []string{"0||y"}, "0"},
		"data that is there and empty": {"data\n\n", []string{"0||"}, "0"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, from := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text))} {
				all, s, err := said(from)
				if diff := cmp.Diff(c.want, all); diff != "" || s.last != c.last || !errors.Is(err, io.EOF) {
					t.Errorf("it ended after %q with %v (-want +got):\n%s", s.last, err, diff)
				}
			}
		})
	}
}

func TestAStreamSaysHowLongToWait(t *testing.T) {
	_, s, _ := said(strings.NewReader("retry: 1500\n\nretry: 2x\n\nretry: -1\n\nretry:\n\n"))
	if s.retry != 1500*time.Millisecond {
		t.Errorf("it says %v", s.retry)
	}
}

func TestAStreamTakesNoMoreMemoryThanAMessageMay(t *testing.T) {
	for name, from := range map[string]io.Reader{
		"a line":  strings.NewReader("data: " + strings.Repeat("x", maxLine)),
		"a block": strings.NewReader(strings.Repeat("data: "+strings.Repeat("x", 1<<10)+"\n", 65)),
	} {
		if _, _, err := said(from); !errors.Is(err, errLong) {
			t.Errorf("%s: it ended with %v", name, err)
		}
	}
	broken := iotest.ErrReader(errors.New("broken"))
	if _, _, err := said(broken); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("a stream that breaks off ended with %v", err)
	}
}

// FuzzStream reads the same in one piece and byte by byte, and never more than is said.
func FuzzStream(f *testing.F) {
	f.Add("id: 1\nevent: a\ndata: x\n\n")
	f.Add("\ufeff:\r\rdata\r\n\r\nid: \x00\nretry: 99999999999999999999\n\n")
	f.Add("data: \n\n\n\nid\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, s, err := said(strings.NewReader(text))
		again, other, otherErr := said(iotest.OneByteReader(strings.NewReader(text)))
		if diff := cmp.Diff(all, again); diff != "" || s.last != other.last || s.retry != other.retry || (err == nil) != (otherErr == nil) {
			t.Fatalf("in one piece -, byte by byte +:\n%s", diff)
		}
		size := 0
		for _, each := range all {
			size += len(each)
		}
		if most := len(text)*(1+maxID) + 1; size > most || len(s.last) > maxID || s.retry < 0 {
			t.Fatalf("%d bytes said %d", len(text), size)
		}
	})
}
