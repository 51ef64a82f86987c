package rest

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

func TestAQueryIsWrittenAsURLValuesWriteIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9,]{0,20}|[a-z_ %&=+]{0,8}|%2C`))
		query := url.Values(rapid.MapOf(text, rapid.SliceOfN(text, 0, 3)).Draw(t, "query"))
		if got, want := encode(query), strings.ReplaceAll(query.Encode(), "%2C", ","); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestKeysAreJoinedByCommas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOf(rapid.Map(rapid.Int64Min(1), func(n int64) record.ID { return record.ID(n) })).Draw(t, "keys")
		texts := slices.Collect(func(yield func(string) bool) {
			for _, key := range keys {
				if !yield(key.String()) {
					return
				}
			}
		})
		if got, want := commaList(keys), strings.Join(texts, ","); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
