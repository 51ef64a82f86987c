package validate

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// kinds are types of JSON values. An integer is a number as well.
type kinds uint8

const (
	aNull kinds = 1 << iota
	aBoolean
	aNumber
	anInteger
	aString
	anArray
	anObject

	anything = aNull | aBoolean | aNumber | anInteger | aString | anArray | anObject
)

// tree is JSON cut into its values, once, so that schemas can look at a value as often as they have alternatives. It is used
// again for the next text.
type tree struct {
	text    []byte
	nodes   []node
	open    []int // arrays and objects that have not ended
	made    []byte
	source  bytes.Buffer
	decoder *jsontext.Decoder
}

// node is a value, or the name of a member, which stands before its value.
type node struct {
	kind       kinds
	start, end int // in the text
	next       int // the node behind this one and all that is in it
}

func newTree() *tree {
	t := new(tree)
	t.decoder = jsontext.NewDecoder(&t.source)
	return t
}

// read cuts a text. What is not one JSON value in UTF-8, with each member once in its object (RFC 8259, section 4), is an error.
func (t *tree) read(text []byte) error {
	t.text, t.nodes, t.open = text, t.nodes[:0], t.open[:0]
	t.source = *bytes.NewBuffer(text)
	t.decoder.Reset(&t.source)
	for len(t.nodes) == 0 || len(t.open) > 0 {
		if err := t.readNext(); err != nil {
			return err
		}
	}
	if _, err := t.decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind the value")
	}
	return nil
}

func (t *tree) readNext() error {
	switch kind := t.decoder.PeekKind(); kind {
	case '{', '[':
		if _, err := t.decoder.ReadToken(); err != nil {
			return err
		}
		t.begin(kindOf(kind, nil), int(t.decoder.InputOffset())-1)
	case '}', ']':
		if _, err := t.decoder.ReadToken(); err != nil {
			return err
		}
		t.finish(int(t.decoder.InputOffset()))
	default:
		raw, err := t.decoder.ReadValue()
		if err != nil {
			return err
		}
		end := int(t.decoder.InputOffset())
		t.add(kindOf(kind, raw), end-len(raw), end)
	}
	return nil
}

func kindOf(kind jsontext.Kind, raw []byte) kinds {
	switch kind {
	case '{':
		return anObject
	case '[':
		return anArray
	case '"':
		return aString
	case '0':
		return kindOfNumber(raw)
	case 't', 'f':
		return aBoolean
	default:
		return aNull
	}
}

// kindOfNumber tells integers from others by their value: 1.0 and 1e3 are integers (JSON Schema, validation, section 6.1.1).
func kindOfNumber(raw []byte) kinds {
	if !bytes.ContainsAny(raw, ".eE") {
		return aNumber | anInteger
	}
	if value := float(raw); value == math.Trunc(value) {
		return aNumber | anInteger
	}
	return aNumber
}

// float is a number's value, or the nearest one that there is.
func float(raw []byte) float64 {
	value, _ := strconv.ParseFloat(string(raw), 64) // beyond its range it is infinite, which is larger than all bounds
	return value
}

func (t *tree) begin(kind kinds, start int) {
	t.open = append(t.open, len(t.nodes))
	t.nodes = append(t.nodes, node{kind: kind, start: start})
}

func (t *tree) finish(end int) {
	last := len(t.open) - 1
	n := &t.nodes[t.open[last]]
	n.end, n.next = end, len(t.nodes)
	t.open = t.open[:last]
}

func (t *tree) add(kind kinds, start, end int) {
	t.nodes = append(t.nodes, node{kind: kind, start: start, end: end, next: len(t.nodes) + 1})
}

// raw is a value as it is written.
func (t *tree) raw(at int) []byte { return t.text[t.nodes[at].start:t.nodes[at].end] }

// string is what a text says, without its escapes.
func (t *tree) string(at int) []byte {
	raw := t.raw(at)
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	said, _ := jsontext.AppendUnquote(nil, raw) // it was read, so it is a text
	return said
}

// canonical is a text that equal values share.
func (t *tree) canonical(at int) string {
	value := jsontext.Value(bytes.Clone(t.raw(at)))
	if err := value.Canonicalize(); err != nil {
		return string(t.raw(at)) // numbers that no float64 can hold are equal where they are written the same
	}
	return string(value)
}

// mostKept is how many nodes are kept for the next text. A large body is rare.
const mostKept = 16 << 10

// forget lets go of the text.
func (t *tree) forget() {
	t.text, t.source = nil, bytes.Buffer{}
	t.decoder.Reset(&t.source)
	if cap(t.nodes) > mostKept {
		t.nodes = nil
	}
	if cap(t.made) > mostKept {
		t.made = nil
	}
}
