package records

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/purge"
)

// some are records of one key.
func some(texts ...string) *kept {
	k := &kept{
		since: purge.Position{Shared: 1 << 40}, began: 1_700_000_000_000_000_000, terms: terms{fresh: 1 << 60, stale: 1<<60 + 1, onError: 7},
	}
	k.tags = append(k.room(3), 1, 1<<63, 3)
	lengths := make([]int, len(texts))
	for i, each := range texts {
		lengths[i] = len(each)
	}
	k.cut([]byte(strings.Join(texts, "")), lengths)
	return k
}

type failer interface {
	Errorf(format string, args ...any)
}

func equal(t failer, want, got *kept) {
	if got.since.Local != 0 {
		t.Errorf("the local place is told")
	}
	want.since.Local = 0
	if want.since != got.since || want.began != got.began || want.terms != got.terms || want.chosen != got.chosen || !slices.Equal(want.tags, got.tags) {
		t.Errorf("wrote %+v, and read %+v", want, got)
	}
	if diff := cmp.Diff(want.list, got.list); diff != "" {
		t.Errorf("the records (-want +got):\n%s", diff)
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := some(rapid.SliceOfN(rapid.StringMatching(`\{"a":"[a-z]{0,40}"\}`), 0, 20).Draw(t, "records")...)
		k.tags = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) purge.Tag { return purge.Tag(rapid.Uint64().Draw(t, "tag")) }), 0, 40).Draw(t, "tags")
		k.since = purge.Position{Local: rapid.Uint64().Draw(t, "local"), Shared: rapid.Uint64().Draw(t, "shared")}
		k.chosen = rapid.Bool().Draw(t, "chosen")
		k.terms.onError = moment(rapid.Int64().Draw(t, "on error"))
		text := k.encode()
		got, err := decode(text)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, k, got)
		for i := range got.text {
			got.text[i] = 'x'
		}
		if !bytes.Equal(text, k.encode()) {
			t.Error("what was read shares its memory with the text")
		}
		for n := range text {
			if _, err := decode(text[:n]); err == nil {
				t.Fatalf("%d bytes of %d are read", n, len(text))
			}
		}
		if _, err := decode(append(text, 0)); err == nil {
			t.Error("a text is read on which more follows")
		}
	})
}

func TestTextsThatNobodyWroteAreNotRead(t *testing.T) {
	good := some(`{"a":1}`, `{"b":2}`).encode()
	change := func(at int, to byte) []byte {
		text := bytes.Clone(good)
		text[at] = to
		return text
	}
	for name, text := range map[string][]byte{
		"nothing":           nil,
		"the mark of none":  nothing(),
		"another version":   change(0, version+1),
		"a shorter record":  change(len(good)-14-2, 6),
		"a longer record":   change(len(good)-14-2, 8),
		"one more record":   change(len(good)-14-3, 3),
		"one less record":   change(len(good)-14-3, 1),
		"too many tags":     {version, 1, 0, 0, 0, 0, 0xfe, 0xff, 0x7f},
		"too many records":  {version, 1, 0, 0, 0, 0, 0, 0xfe, 0x7f},
		"an absent tag":     {version, 1, 0, 0, 0, 0, 1, 0},
		"an endless number": append([]byte{version}, bytes.Repeat([]byte{0xff}, 20)...),
	} {
		if got, err := decode(text); err == nil {
			t.Errorf("%s is read as %+v", name, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []*kept{some(), some(`{}`), some(`{"id":1}`, `{"id":2}`), some(`{"id":1,"text":"` + strings.Repeat("x", 300) + `"}`)} {
		f.Add(seed.encode())
	}
	f.Add(nothing())
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := decode(text)
		if err != nil {
			return
		}
		if len(k.list) > maxRecords || len(k.tags) > maxTags || k.Size() > 64*len(text)+1024 {
			t.Errorf("%d bytes become %d", len(text), k.Size())
		}
		again, err := decode(k.encode())
		if err != nil {
			t.Fatal(err)
		}
		equal(t, k, again)
	})
}

func TestTheSizeIsThatOfAllThatIsHeld(t *testing.T) {
	one, two := some(`{"a":123}`+"       "), some(`{"a":1}`, `{"b":2}`+"  ") // 16 bytes, which is what memory is given out in
	bare := some()
	if grown := one.Size() - bare.Size(); grown != 16 {
		t.Errorf("a record takes %d bytes", grown)
	}
	if grown := two.Size() - bare.Size(); grown != 16+2*24 {
		t.Errorf("two records take %d bytes", grown)
	}
	two.tags = make([]purge.Tag, 10)
	if grown := two.Size() - bare.Size(); grown != 16+2*24+10*8 {
		t.Errorf("tags take %d bytes", grown)
	}
	long := jsontext.Value(strings.Repeat("x", 1000))
	if got := some(string(long)).Size(); got < 1000 {
		t.Errorf("a thousand bytes take %d", got)
	}
}
