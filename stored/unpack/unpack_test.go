package unpack_test

import (
	"encoding/binary"
	"testing"

	"github.com/concierge-gateway/concierge/stored/unpack"
)

func TestWhatWasPackedIsTakenInItsOrder(t *testing.T) {
	text := binary.AppendVarint(binary.AppendUvarint([]byte{7}, 300), -5)
	text = append(binary.LittleEndian.AppendUint64(text, 1<<40), 2, 'a', 'b', 'c')
	r := unpack.New(text)
	if b, u, v, long, n := r.Byte(), r.Uvarint(), r.Varint(), r.Uint64(), r.Count(9, 1); b != 7 || u != 300 || v != -5 || long != 1<<40 || n != 2 {
		t.Errorf("it is read as %d, %d, %d, %d, %d", b, u, v, long, n)
	}
	taken := r.Take(2)
	if string(taken) != "ab" || cap(taken) != 2 || string(r.Rest()) != "c" || r.Failed() {
		t.Errorf("%q is taken, %q is left, and that it failed is %t", taken, r.Rest(), r.Failed())
	}
}

func TestNothingIsTakenOfWhatIsNotThereOrCannotBe(t *testing.T) {
	for name, take := range map[string]func(r *unpack.Reader) bool{
		"more bytes":                func(r *unpack.Reader) bool { return r.Take(4) == nil },
		"a long number":             func(r *unpack.Reader) bool { return r.Uint64() == 0 },
		"a number without end":      func(r *unpack.Reader) bool { return r.Uvarint() == 0 },
		"the same with a sign":      func(r *unpack.Reader) bool { return r.Varint() == 0 },
		"more than there may be":    func(r *unpack.Reader) bool { r.Byte(); return r.Count(1, 0) == 0 },
		"more than there is room":   func(r *unpack.Reader) bool { r.Byte(); return r.Count(9, 1) == 0 },
		"what somebody has refused": func(r *unpack.Reader) bool { r.Fail(); return r.Byte() == 0 },
	} {
		text := []byte{0xff, 2, 0xff}
		if name == "a number without end" || name == "the same with a sign" {
			text = []byte{0xff, 0xff, 0xff}
		}
		if r := unpack.New(text); !take(&r) || !r.Failed() || len(r.Rest()) > 0 {
			t.Errorf("of %s something is taken, %q is left, and that it failed is %t", name, r.Rest(), r.Failed())
		}
	}
}
