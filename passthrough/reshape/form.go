package reshape

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	bullets  = "••••" // as many for a short text as for a long one
	tail     = 4      // how many characters Mask shows
	maskable = masks * tail
)

// refuse rewrites a member that a guard does not let through.
func (r *run) refuse(m *member, g *guard, raw []byte, o *open) error {
	switch {
	case r.plan.strict:
		return &UnknownMember{Pointer: string(r.path)}
	case g.as == nil:
		return r.drop()
	default:
		return r.show(m, g.as, raw, o)
	}
}

// formed writes what is shown in the place of a value that is refused.
func (r *run) formed(n *node, c byte) error {
	if c == '{' || c == '[' || n.form == Null {
		r.out = append(r.out, "null"...)
		return r.skip(c)
	}
	raw, err := r.tokenOf(c)
	if err != nil {
		return err
	}
	before := len(r.out)
	switch {
	case c == 'n':
	case n.form == Pseudonym && r.view.Pseudonym != nil:
		if out := r.view.Pseudonym(r.out, raw); len(out) > before {
			r.out = out
		}
	case n.form == Mask && c == '"' && n.of.kind != last:
		r.appendMasked(raw)
	}
	if len(r.out) == before {
		r.out = append(r.out, "null"...)
	}
	return nil
}

// appendMasked writes the end of a text that is long enough.
func (r *run) appendMasked(raw []byte) {
	text := raw[1 : len(raw)-1]
	if bytes.IndexByte(text, '\\') >= 0 {
		text, _ = r.unquote(raw) // it was read as a text
	}
	if utf8.RuneCount(text) < maskable {
		return
	}
	end := len(text)
	for range tail {
		_, size := utf8.DecodeLastRune(text[:end])
		end -= size
	}
	at := len(r.out) + 1
	r.out, _ = jsontext.AppendQuote(r.out, text[end:]) // a text that was read is UTF-8
	r.out = slices.Insert(r.out, at, []byte(bullets)...)
}
