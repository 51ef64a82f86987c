package stored

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"pgregory.net/rapid"
)

// records are a list as services answer it, of about so many bytes.
func records(size int) []byte {
	random := rand.New(rand.NewPCG(uint64(size), 0))
	words := strings.Fields("quick brown foxes jump over lazy dogs while nobody who watches them knows what happens next")
	word := func() string { return words[random.IntN(len(words))] }
	text := []byte{'['}
	for len(text) < size {
		text = fmt.Appendf(text, `{"id":%d,"name":"%x","email":"user%d@example.com","created_at":"2024-0%d-1%dT10:11:12Z",`+
			`"price":{"amount":%d,"currency":"EUR"},"description":"%s %s %s %s"},`, random.IntN(100_000), random.Uint64(),
			random.IntN(10_000), random.IntN(10), random.IntN(10), random.IntN(10_000), word(), word(), word(), word())
	}
	text[len(text)-1] = ']'
	return text
}

func TestWhatWasPackedIsUnpacked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOf(rapid.Byte()).Draw(t, "data")
		data = bytes.Repeat(data, rapid.IntRange(1, 50).Draw(t, "times"))
		got, ok := unpack(pack(data), len(data))
		if !ok || got == nil || !bytes.Equal(got, data) {
			t.Fatalf("got %q, %t", got, ok)
		}
		if got, ok := unpack(pack(data), len(data)-1); ok {
			t.Fatalf("what is larger is read as %q", got)
		}
	})
}

func TestRecordsTakeLessRoom(t *testing.T) {
	for size, percent := range map[int]int{300: 101, 1_000: 65, 4_000: 50, 16_000: 45, 100_000: 40} {
		data := records(size)
		got := len(pack(data)) * 100 / len(data)
		t.Logf("%d bytes take %d%%", len(data), got)
		if got > percent {
			t.Errorf("%d bytes take %d%%, want %d%%", len(data), got, percent)
		}
	}
}

func TestWhatDoesNotGetSmallerLiesAsItIs(t *testing.T) {
	random := make([]byte, 10_000)
	for i := range random {
		random[i] = byte(rand.IntN(256))
	}
	for _, data := range [][]byte{nil, []byte("a"), []byte(strings.Repeat("a", worthIt-1)), random} {
		if got := pack(data); len(got) != len(data)+1 || got[0] != asItIs {
			t.Errorf("%d bytes take %d, %d", len(data), len(got), got[0])
		}
	}
}

func TestWhatWasNotPackedIsNotRead(t *testing.T) {
	huge := append([]byte{compressed}, binary.AppendUvarint(nil, 1<<31)...)
	whole := pack(records(4_000))
	for name, packed := range map[string][]byte{
		"nothing":                nil,
		"no bytes":               {},
		"another version":        []byte("\x03{}"),
		"plain JSON":             []byte(`{"id":1}`),
		"only a version":         {compressed},
		"a size without content": huge,
		"a size that has no end": {compressed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"what is cut off":        whole[:len(whole)-1],
		"what goes on":           append(bytes.Clone(whole), 0),
	} {
		if got, ok := unpack(packed, 1<<20); ok {
			t.Errorf("%s is read as %q", name, got)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{asItIs})
	f.Add([]byte{compressed})
	f.Add([]byte("\x01{}"))
	f.Add(pack(records(1_000)))
	f.Add(append([]byte{compressed}, s2.Encode(nil, make([]byte, 10_000))...))
	f.Add(append([]byte{compressed}, binary.AppendUvarint(nil, 1<<40)...))
	f.Fuzz(func(t *testing.T, packed []byte) {
		const most = 4096
		data, ok := unpack(packed, most)
		if ok != (data != nil) || len(data) > most {
			t.Fatalf("%d bytes of at most %d, %t", len(data), most, ok)
		}
		if again, ok := unpack(pack(data), most); !ok || !bytes.Equal(again, data) {
			t.Fatalf("%q becomes %q", data, again)
		}
	})
}

func BenchmarkPack(b *testing.B) {
	for _, size := range []int{300, 1_000, 16_000, 100_000} {
		data := records(size)
		packed := pack(data)
		b.Run(fmt.Sprintf("pack/%d", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				pack(data)
			}
		})
		b.Run(fmt.Sprintf("unpack/%d", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				unpack(packed, 1<<20)
			}
		})
	}
}
