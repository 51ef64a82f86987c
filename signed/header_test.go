package signed

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
)

func FuzzReadHeader(f *testing.F) {
	right := "v1," + base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, seed := range [][3]string{
		{"msg_1", "1614265330", right},
		{"msg_1", "-1", right},
		{"", "", ""},
		{"a.b", "0", "v1a,x " + right + " " + right},
		{"x", "99999999999999999999", "v1,"},
		{"x", "1", strings.Repeat(right+" ", 20)},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, id, timestamp, signatures string) {
		m, ok := readHeader(http.Header{
			"Webhook-Id": {id}, "Webhook-Timestamp": {timestamp}, "Webhook-Signature": {signatures},
		})
		if !ok {
			return
		}
		if m.id != id || m.timestamp != timestamp || len(m.id) > maxID || len(m.sums) > maxSignatures || m.at.Unix() < 0 {
			t.Fatalf("it was read as %+v", m)
		}
		for _, each := range m.sums {
			if !strings.Contains(signatures, "v1,"+base64.StdEncoding.EncodeToString(each[:])) {
				t.Fatalf("a signature was made up: %x", each)
			}
		}
		if m.by([]byte("a secret that nobody has"), nil) {
			t.Fatal("it is signed by chance")
		}
	})
}
