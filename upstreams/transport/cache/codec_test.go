package cache

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

func variantsOf(t *rapid.T) []*variant {
	text := rapid.StringN(0, 12, 40)
	texts := rapid.SliceOfN(text, 0, 3)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *variant {
		header := make(http.Header)
		for range rapid.IntRange(0, 4).Draw(t, "fields") {
			header[text.Draw(t, "name")] = texts.Draw(t, "values")
		}
		var varied []rules.Varied
		for range rapid.IntRange(0, 3).Draw(t, "varied") {
			varied = append(varied, rules.Varied{Name: text.Draw(t, "name"), Values: texts.Draw(t, "values")})
		}
		v := &variant{
			answer: rules.Answer{
				Status: rapid.IntRange(200, 599).Draw(t, "status"), Header: header, Varied: varied,
				Asked: time.Unix(0, rapid.Int64Range(0, 1<<62).Draw(t, "asked")), Came: time.Unix(0, rapid.Int64Range(0, 1<<62).Draw(t, "came")),
			},
			body: []byte(text.Draw(t, "body")), stripped: rapid.Bool().Draw(t, "stripped"),
			since: purge.Position{Shared: rapid.Uint64().Draw(t, "since")},
		}
		for range rapid.IntRange(0, 5).Draw(t, "tags") {
			v.tags = append(v.tags, purge.Tag(rapid.Uint64().Draw(t, "tag")))
		}
		return v
	}), 0, mostVariants).Draw(t, "variants")
}

func TestWhatIsWrittenForOtherInstancesIsReadAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		variants := variantsOf(t)
		read, err := decode(encode(variants))
		if err != nil || len(read) != len(variants) {
			t.Fatalf("read %d of %d, %v", len(read), len(variants), err)
		}
		for i, each := range variants {
			got := read[i]
			if got.status != each.answer.Status || got.since != each.since || got.stripped != each.stripped ||
				!got.asked.Equal(each.answer.Asked) || !got.came.Equal(each.answer.Came) || !bytes.Equal(got.body, each.body) {
				t.Fatalf("read %+v of %+v", got, each)
			}
			none := cmp.Comparer(func(a, b []string) bool { return cmp.Equal(append([]string{}, a...), append([]string{}, b...)) })
			if diff := cmp.Diff(each.answer.Header, got.header, none); diff != "" {
				t.Fatal(diff)
			}
			if diff := cmp.Diff(append([]rules.Varied{}, each.answer.Varied...), got.varied, none); diff != "" {
				t.Fatal(diff)
			}
			if diff := cmp.Diff(append([]purge.Tag{}, each.tags...), got.tags); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

// FuzzDecode finds texts by which the reader would take more memory than a text has, or would read something that is not
// written so.
func FuzzDecode(f *testing.F) {
	v := &variant{
		answer: rules.Answer{
			Status: 200, Header: http.Header{"Etag": {`"1"`}, "Vary": {"Accept"}}, Asked: time.Unix(1, 0), Came: time.Unix(2, 0),
			Varied: []rules.Varied{{Name: "Accept", Values: []string{"a"}}},
		},
		body: []byte("body"), tags: []purge.Tag{1, 2}, since: purge.Position{Shared: 3},
	}
	f.Add(encode([]*variant{v, v}))
	f.Add(encode(nil))
	f.Add([]byte{version, 1, 200, 1, 0})
	f.Add([]byte{version, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, text []byte) {
		read, err := decode(text)
		if err != nil {
			return
		}
		size := 0
		for _, each := range read {
			if size += len(each.body); each.status < 200 || each.status > 999 {
				t.Errorf("the status is %d", each.status)
			}
		}
		if size > len(text) {
			t.Errorf("%d bytes of bodies in %d", size, len(text))
		}
	})
}
