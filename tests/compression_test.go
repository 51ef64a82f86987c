package tests

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func TestLargeAnswersAreCompressedForThoseWhoTakeIt(t *testing.T) {
	on, off := start(t, standard), start(t, with(standard, "server", "compression: false"))
	large := operation{as: "support", query: `{ users(first: 100) { nodes { id name username email phone } } }`}
	small := operation{query: `{ me { id } }`}
	for name, c := range map[string]struct {
		p      *program
		op     operation
		accept string
		want   string
	}{
		"gzip":                  {on, large, "gzip", "gzip"},
		"zstd":                  {on, large, "zstd", "zstd"},
		"what a browser sends":  {on, large, "gzip, deflate, br, zstd", "zstd"},
		"zstd, but rather gzip": {on, large, "zstd;q=0.5, gzip", "gzip"},
		"gzip, but never":       {on, large, "gzip;q=0", ""},
		"what nobody makes":     {on, large, "br", ""},
		"nothing":               {on, large, "identity", ""},
		"a small answer":        {on, small, "gzip, zstd", ""},
		"turned off":            {off, large, "gzip, zstd", ""},
	} {
		t.Run(name, func(t *testing.T) {
			plain := c.p.run(t, c.op).body
			req := c.p.request(t, c.op)
			req.Header.Set("Accept-Encoding", c.accept)
			r := send(t, req)
			if got := r.header.Get("Content-Encoding"); r.status != http.StatusOK || got != c.want {
				t.Fatalf("the answer is %d in %q, want %q", r.status, got, c.want)
			}
			if c.want != "" && len(r.body) > len(plain)/2 {
				t.Errorf("%d bytes became %d", len(plain), len(r.body))
			}
			if got := decompress(t, c.want, r.body); !bytes.Equal(got, plain) {
				t.Errorf("decompressed, the answer is %.100s, want %.100s", got, plain)
			}
			if vary := strings.Join(r.header.Values("Vary"), ", "); c.p == on && !strings.Contains(vary, "Accept-Encoding") {
				t.Errorf("Vary: %s, want Accept-Encoding in it", vary)
			}
		})
	}
}

func decompress(t *testing.T, coding string, body []byte) []byte {
	t.Helper()
	var reader io.Reader = bytes.NewReader(body)
	var err error
	switch coding {
	case "gzip":
		reader, err = gzip.NewReader(reader)
	case "zstd":
		var decoder *zstd.Decoder
		decoder, err = zstd.NewReader(reader)
		t.Cleanup(decoder.Close)
		reader = decoder
	}
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}
