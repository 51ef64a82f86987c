package raw_test

import (
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/plan/raw"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

type (
	ring   struct{ Next *ring }
	itself struct {
		ID record.ID `json:"id"`
	}
	strict string
)

func (i *itself) UnmarshalJSONFrom(dec *jsontext.Decoder) error { return dec.SkipValue() }

func (s *strict) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func TestWhatOnlyDecodingReadsIsNoType(t *testing.T) {
	for want, of := range map[string]any{
		"int is no struct":         0,
		"itself is no struct":      itself{},
		"Time is no struct":        time.Time{},
		"it is embedded":           struct{ record.Address }{},
		"it is a float64":          struct{ A float64 }{},
		"it is a uint8":            struct{ A uint8 }{},
		"it is a map":              struct{ A map[string]string }{},
		"it is a []string":         struct{ A []string }{},
		"it is a record.Address":   struct{ A record.Address }{},
		"it is a []record.Address": struct{ A []record.Address }{},
		"it is a *string":          struct{ A **string }{},
		"it is a time.Duration":    struct{ A time.Duration }{},
		"it is a interface":        struct{ A any }{},
		"ring holds itself":        ring{},
		"does not take the empty":  struct{ A strict }{},
		"a,string": struct {
			A int32 `json:"a,string"`
		}{},
		"more than a name": struct {
			A string `json:"a,case:ignore"`
		}{},
		"it is a struct": struct{ A struct{ B string } }{},
		"has the json tag": struct {
			M *record.Money `from:"a,b" json:"-"`
		}{},
		"of 1 members": struct {
			M *record.Money `from:"a" json:"-"`
		}{},
		"of another object": struct {
			M *record.Money `from:"/a,b" json:"-"`
		}{},
	} {
		if _, err := raw.NewType(reflect.TypeOf(of)); err == nil {
			t.Errorf("%T can be read, want %q", of, want)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%T: %v, want %q", of, err, want)
		}
	}
}
