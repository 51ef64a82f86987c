package answers

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/answers/keeping"
	"github.com/concierge-gateway/concierge/purge"
)

func packed() *kept {
	at := time.Unix(1_700_000_000, 5)
	body := newBody([]byte(`{"a":1}`))
	return &kept{
		body: body, data: dataOf(body), tag: keeping.TagOf([]byte(`{"a":1}`)), cost: 7, at: at, fresh: at.Add(time.Minute), stale: at.Add(time.Hour),
		since: purge.Position{Shared: 9}, tags: []purge.Tag{1, 1 << 63},
	}
}

func TestWhatIsPackedIsUnpackedTheSame(t *testing.T) {
	want := packed()
	sent := *want
	sent.since.Local = 5 // which means nothing elsewhere
	got, ok := unpack(sent.pack())
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(kept{})); diff != "" || !ok {
		t.Error(diff)
	}
}

func TestWhatIsNotPackedIsNotUnpacked(t *testing.T) {
	text := packed().pack()
	for n := range text {
		if k, ok := unpack(text[:n]); ok && n < len(text)-1 {
			t.Errorf("%d bytes of %d are %+v", n, len(text), k)
		}
	}
	other := bytes.Clone(text)
	other[0]++
	if _, ok := unpack(other); ok {
		t.Error("another packing is read")
	}
	late := packed()
	late.fresh = late.stale.Add(1)
	if _, ok := unpack(late.pack()); ok {
		t.Error("an answer that is fresh for longer than it may be used is read")
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(packed().pack())
	f.Add([]byte{packing})
	f.Add(append([]byte{packing}, bytes.Repeat([]byte{0xff}, 200)...))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, ok := unpack(text)
		if !ok {
			return
		}
		if again := k.pack(); !bytes.Equal(again, text) {
			t.Errorf("%x became %x", text, again)
		}
		if string(k.body) != before+string(k.data)+after {
			t.Errorf("the body is %s, the data %s", k.body, k.data)
		}
	})
}
