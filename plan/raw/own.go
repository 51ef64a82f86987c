package raw

import (
	"reflect"

	"github.com/go-json-experiment/json"
)

// own reads a type that reads itself from JSON.
type own struct {
	goType reflect.Type
	show   show
}

// append shows a value. It is not ok if the type does not take it.
func (o *own) append(dst, value []byte) (_ []byte, ok bool) {
	pointer := reflect.New(o.goType)
	if err := json.Unmarshal(value, pointer.Interface()); err != nil {
		return dst, false
	}
	return o.show(dst, pointer.Elem()), true
}

// own reads what reads itself.
func (d *reader) own(m *member, rows *Rows, base, pos int) int {
	end := d.skip(pos, 1)
	if end == wrong {
		return wrong
	}
	from := len(d.whole.shown)
	var ok bool
	if d.whole.shown, ok = m.own.append(d.whole.shown, d.raw[pos:end]); !ok {
		return wrong
	}
	d.written(m, rows, base, from)
	return end
}
