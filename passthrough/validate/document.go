package validate

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/goccy/go-yaml"

	"github.com/concierge-gateway/concierge/contract/openapi"
)

// document is a contract as values: maps, lists, texts, numbers, booleans, nothing.
type document struct {
	lines *openapi.Document // it knows the line of each place, and shows no siblings of references
	root  any
	// alone is whether a reference stands for all that is written beside it, as OpenAPI 3.0 has it.
	alone bool
}

func newDocument(lines *openapi.Document, text []byte) (*document, error) {
	d := &document{lines: lines}
	if err := unmarshal(text, &d.root); err != nil {
		return nil, err
	}
	d.alone = strings.HasPrefix(lines.Root().Get("openapi").Text(), "3.0")
	return d, nil
}

// unmarshal reads JSON as JSON: YAML spells some numbers and texts differently.
func unmarshal(text []byte, into *any) error {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	if bytes.HasPrefix(text, []byte("{")) && json.Unmarshal(text, into) == nil {
		return nil
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		return errors.New("is not YAML")
	}
	return nil
}

// place is a value of the document, and its JSON Pointer (RFC 6901). There may be nothing at it.
type place struct {
	pointer string
	value   any
}

func (d *document) top() place { return place{value: d.root} }

// member is what a map has under a name.
func (p place) member(name string) place {
	below := place{pointer: p.pointer + "/" + escape(name)}
	if members, ok := p.value.(map[string]any); ok {
		below.value = members[name]
	}
	return below
}

// has reports whether a map has a name, whatever stands under it.
func (p place) has(name string) bool {
	members, _ := p.value.(map[string]any)
	_, ok := members[name]
	return ok
}

// items are the elements of a list.
func (p place) items() []place {
	list, _ := p.value.([]any)
	items := make([]place, len(list))
	for i, value := range list {
		items[i] = place{pointer: p.pointer + "/" + strconv.Itoa(i), value: value}
	}
	return items
}

func (p place) text() string {
	text, _ := p.value.(string)
	return text
}

// mistake is an error at a place, with its line.
func (d *document) mistake(p place, message string) error {
	node := d.lines.Root()
	for token := range strings.SplitSeq(strings.TrimPrefix(p.pointer, "/"), "/") {
		node = node.Get(unescape(token))
	}
	return fmt.Errorf("%s: %s", node, message)
}

// mostReferences bounds the way from a reference to what it means. It ends circles.
const mostReferences = 20

// followed is what a place means: itself, or where its reference leads.
func (d *document) followed(p place) (place, error) {
	for range mostReferences {
		target, ok, err := d.reference(p)
		if !ok || err != nil {
			return p, err
		}
		p = target
	}
	return p, d.mistake(p, "the reference leads in a circle")
}

// reference is where the reference at a place leads, if there is one.
func (d *document) reference(p place) (place, bool, error) {
	ref := p.member("$ref")
	if ref.text() == "" {
		return place{}, false, nil
	}
	pointer, inside := strings.CutPrefix(ref.text(), "#")
	if !inside || pointer != "" && pointer[0] != '/' {
		return place{}, true, d.mistake(p, "only references within the document, by path, are followed")
	}
	target := d.top()
	if decoded, err := url.PathUnescape(pointer); err == nil {
		pointer = decoded // it is a URL's fragment
	}
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if pointer == "" {
			break
		}
		target = target.step(unescape(token))
	}
	if target.value == nil {
		return place{}, true, d.mistake(p, "the reference leads nowhere")
	}
	return target, true, nil
}

// step is a member, or an element by its index, as a pointer's token can be either.
func (p place) step(token string) place {
	if list, ok := p.value.([]any); ok {
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(list) {
			return place{pointer: p.pointer + "/" + token, value: list[i]}
		}
	}
	return p.member(token)
}

// escape writes a name as a token of a pointer (RFC 6901, section 3).
func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

func unescape(token string) string {
	return strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
}
