package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// apollo is the format that Apollo's manifests name.
const apollo = "apollo-persisted-query-manifest"

// reader reads a manifest once, from its beginning to its end, whichever format it turns out to have.
type reader struct {
	file string
	text []byte
	read *json.Decoder

	format     string
	version    string
	operations []Document // of Apollo's list
	listed     bool       // whether there was one
	texts      []Document // of Relay's object
	other      string     // what is wrong where it is no such object

	seen  int // how much has been looked through for line breaks
	lines int // how many were found
}

// operation is an entry of Apollo's list. What else stands there is not needed: type says what the body says.
type operation struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Body       string `json:"body"`
	ClientName string `json:"clientName"` //nolint:tagliatelle // Apollo calls it so

	Tool json.RawMessage `json:"tool"` // which is this gateway's own
}

// tool is the member of that name. What it means, package tool knows.
func (o *operation) tool() (string, error) {
	if len(o.Tool) == 0 {
		return "", nil
	}
	var text bytes.Buffer
	if err := json.Compact(&text, o.Tool); err != nil {
		return "", errNoJSON
	}
	if text.Len() > MaxTool {
		return "", fmt.Errorf("what says that an operation is a tool is longer than %d bytes", MaxTool)
	}
	return text.String(), nil
}

func parseManifest(file string, text []byte) ([]Document, error) {
	r := &reader{file: file, text: text, read: json.NewDecoder(bytes.NewReader(text))}
	r.read.UseNumber()
	if !utf8.Valid(text) {
		return nil, r.mistake(0, errors.New("it is not UTF-8 text"))
	}
	if err := r.object(r.member); err != nil {
		return nil, r.mistake(r.read.InputOffset(), err)
	}
	if _, err := r.read.Token(); !errors.Is(err, io.EOF) {
		return nil, r.mistake(r.read.InputOffset(), errors.New("there is more behind the manifest"))
	}
	return r.documents()
}

// documents are those of the format that was found.
func (r *reader) documents() ([]Document, error) {
	found := r.texts
	if r.format != "" || r.listed {
		if err := r.isApollo(); err != nil {
			return nil, r.mistake(0, err)
		}
		found = r.operations
	} else if r.other != "" {
		return nil, r.mistake(0, errors.New(r.other))
	}
	if len(found) > MaxDocuments {
		return nil, r.mistake(0, fmt.Errorf("it has more than %d operations", MaxDocuments))
	}
	return found, r.check(found)
}

func (r *reader) isApollo() error {
	switch {
	case r.format != apollo:
		return errors.New(`a manifest of operations has "format": "` + apollo + `"`)
	case r.version != "1":
		return errors.New(`a manifest of operations has "version": 1`)
	case !r.listed:
		return errors.New("a manifest of operations has a list of them (operations)")
	default:
		return nil
	}
}

// check compares the documents with each other: two of one id must be the same.
func (r *reader) check(documents []Document) error {
	texts := make(map[[2]string]string, len(documents))
	for i := range documents {
		d := &documents[i]
		err := errors.Join(checkID(d.ID), checkText(d.Text))
		if err == nil {
			err = checkHash(d.ID, d.Text)
		}
		if other, ok := texts[[2]string{d.Client, d.ID}]; ok && other != d.Text {
			err = errors.New("two documents have the same id")
		}
		if err != nil {
			return &Mistake{File: r.file, Line: d.Line, Message: oneLine(err)}
		}
		texts[[2]string{d.Client, d.ID}] = d.Text
		if d.Name == "" {
			d.Name = nameOf(d.Text)
		}
	}
	return nil
}

// object reads an object, one member after the other. A name that stands twice is refused: who wrote it meant both.
func (r *reader) object(member func(name string, at int64) error) error {
	if err := r.opens('{'); err != nil {
		return err
	}
	seen := make(map[string]bool)
	for r.read.More() {
		at := r.read.InputOffset()
		token, err := r.read.Token()
		name, ok := token.(string)
		switch {
		case err != nil || !ok:
			return errNoJSON
		case seen[name]:
			return errors.New("a name stands there for the second time")
		}
		seen[name] = true
		if err := member(name, at); err != nil {
			return err
		}
	}
	return r.closes()
}

// member reads one of the manifest's own.
func (r *reader) member(name string, at int64) error {
	if name == "operations" && r.isList() {
		r.listed = true
		return r.list()
	}
	var value any
	if err := r.read.Decode(&value); err != nil {
		return errNoJSON
	}
	switch text, ok := value.(string); {
	case name == "format" && ok && !isDocument(text):
		r.format = text
	case name == "version":
		r.version = fmt.Sprint(value)
	case ok:
		r.texts = append(r.texts, Document{ID: name, Text: text, File: r.file, Line: r.line(at)})
	default:
		r.other = "it is neither a list of operations nor texts by their ids"
	}
	return nil
}

// isDocument tells a document from the name of a format: it has a selection.
func isDocument(text string) bool { return strings.ContainsRune(text, '{') }

// isList looks at what comes next.
func (r *reader) isList() bool {
	rest := bytes.TrimLeft(r.text[r.read.InputOffset():], " \t\r\n:")
	return len(rest) > 0 && rest[0] == '['
}

func (r *reader) list() error {
	if err := r.opens('['); err != nil {
		return err
	}
	for r.read.More() {
		at := r.read.InputOffset()
		var o operation
		if err := r.read.Decode(&o); err != nil {
			return errNoJSON
		}
		tool, err := o.tool()
		if err != nil {
			return err
		}
		r.operations = append(r.operations, Document{
			ID: o.ID, Name: o.Name, Text: o.Body, Client: o.ClientName, Tool: tool, File: r.file, Line: r.line(at),
		})
	}
	return r.closes()
}

// errNoJSON says nothing of the file, which the library's errors quote.
var errNoJSON = errors.New("it is not the JSON of a manifest")

func (r *reader) opens(with json.Delim) error {
	if token, err := r.read.Token(); err != nil || token != with {
		return errNoJSON
	}
	return nil
}

func (r *reader) closes() error {
	if _, err := r.read.Token(); err != nil {
		return errNoJSON
	}
	return nil
}

// line is that of what comes next after an offset. Each is behind the last.
func (r *reader) line(after int64) int {
	at := len(r.text) - len(bytes.TrimLeft(r.text[after:], " \t\r\n,:"))
	r.lines += bytes.Count(r.text[min(r.seen, at):at], []byte("\n"))
	r.seen = max(r.seen, at)
	return 1 + r.lines
}

// mistake is one behind an offset, or in the manifest as a whole.
func (r *reader) mistake(after int64, err error) error {
	line := 1
	if after > 0 {
		line = r.line(after)
	}
	return &Mistake{File: r.file, Line: line, Message: oneLine(err)}
}

// oneLine joins what errors.Join puts on lines.
func oneLine(err error) string {
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}
