package raw

import (
	"encoding"
	"maps"
	"reflect"
	"sync"
	"sync/atomic"
)

// text reads a text type, such as an enumeration, and remembers how its usual spellings are shown. It is safe for concurrent use.
type text struct {
	goType reflect.Type
	show   show
	fills  bool // whether a text that holds nothing gets what the type makes of the empty one
	values sync.Pool
	memory atomic.Pointer[map[string]string] // from a spelling to what is shown; replaced and never changed
	adding sync.Mutex
}

const (
	maxSpellings = 64 // that are remembered of a field
	maxSpelling  = 32 // bytes of one
)

func newText(t reflect.Type, by show, fills bool) *text {
	made := &text{goType: t, show: by, fills: fills}
	made.memory.Store(new(map[string]string))
	return made
}

// append shows a spelling, if that is wanted. It is not ok if the type does not take it.
func (t *text) append(dst, spelling []byte, wanted bool) (_ []byte, ok bool) {
	if shown, known := t.recall(spelling); known {
		if wanted {
			dst = append(dst, shown...)
		}
		return dst, true
	}
	if !isWord(spelling) {
		return t.decode(dst, spelling, wanted)
	}
	from := len(dst)
	dst, ok = t.decode(dst, spelling, true)
	if ok {
		t.remember(string(spelling), string(dst[from:]))
	}
	return dst, ok
}

// recall finds how a spelling is shown, if that is remembered.
func (t *text) recall(spelling []byte) (shown string, ok bool) {
	shown, ok = (*t.memory.Load())[string(spelling)]
	return shown, ok
}

// remember keeps how a spelling is shown, while there is room. Nothing is given up for it: a service that writes many spellings
// would have all of them copied again and again.
func (t *text) remember(spelling, shown string) {
	t.adding.Lock()
	defer t.adding.Unlock()
	known := *t.memory.Load()
	if len(known) >= maxSpellings || len(shown) > 2*maxSpelling {
		return
	}
	more := maps.Clone(known)
	if more == nil {
		more = make(map[string]string)
	}
	more[spelling] = shown
	t.memory.Store(&more)
}

// isWord reports whether a spelling is one that a service may use for many records. What has digits is not: it may be a number of
// somebody's, such as that of a card, which is kept nowhere.
func isWord(spelling []byte) bool {
	if len(spelling) > maxSpelling {
		return false
	}
	for _, c := range spelling {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// decode lets the type itself read a spelling, and shows it if that is wanted.
func (t *text) decode(dst, spelling []byte, wanted bool) (_ []byte, ok bool) {
	value, pooled := t.values.Get().(*value)
	if !pooled {
		value = newValue(t.goType)
	}
	defer func() {
		value.held.SetString("") // it may be somebody's
		t.values.Put(value)
	}()
	if err := value.text.UnmarshalText(spelling); err != nil {
		return dst, false
	}
	if t.fills && value.held.Len() == 0 {
		if err := value.text.UnmarshalText(nil); err != nil {
			return dst, false
		}
	}
	if !wanted {
		return dst, true
	}
	return t.show(dst, value.held), true
}

// value is a value of a text type.
type value struct {
	held reflect.Value
	text encoding.TextUnmarshaler
}

func newValue(t reflect.Type) *value {
	pointer := reflect.New(t)
	text, _ := reflect.TypeAssert[encoding.TextUnmarshaler](pointer) // as compiled
	return &value{held: pointer.Elem(), text: text}
}

// text reads a text type.
func (d *reader) text(m *member, rows *Rows, base, pos int) int {
	if d.raw[pos] != '"' {
		return wrong
	}
	end, found := scan(d.raw, pos)
	if end == wrong {
		return wrong
	}
	spelling := d.raw[pos+1 : end-1]
	if found != noEscapes {
		if !d.unquote(pos, end) {
			return wrong
		}
		spelling = d.unquoted
	}
	from := len(d.whole.shown)
	var ok bool
	if d.whole.shown, ok = m.field.text.append(d.whole.shown, spelling, m.text != 0); !ok {
		return wrong
	}
	d.written(m, rows, base, from)
	return end
}
