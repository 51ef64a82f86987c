package signed

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// tolerance is how far the clocks of sender and gateway may differ. A message that is older may have been recorded.
	tolerance = 5 * time.Minute
	// maxID bounds the name of a message, in bytes.
	maxID = 256
	// maxSignatures is how many signatures a message may have: one for each secret while they change.
	maxSignatures = 8
)

// sum is what a message is signed with.
type sum [sha256.Size]byte

// message is what the header of a message says of it.
type message struct {
	id, timestamp string
	at            time.Time
	sums          []sum
}

// readHeader reads the three fields of Standard Webhooks. It is false unless each is there once and as it must be.
func readHeader(header http.Header) (m message, ok bool) {
	id, okID := only(header, "Webhook-Id")
	timestamp, okTime := only(header, "Webhook-Timestamp")
	signatures, okSums := only(header, "Webhook-Signature")
	if !okID || !okTime || !okSums || len(id) > maxID {
		return message{}, false
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || seconds < 0 || strconv.FormatInt(seconds, 10) != timestamp {
		return message{}, false
	}
	sums := readSignatures(signatures)
	return message{id: id, timestamp: timestamp, at: time.Unix(seconds, 0), sums: sums}, len(sums) > 0
}

func only(header http.Header, name string) (string, bool) {
	values := header[name]
	return strings.Join(values, ""), len(values) == 1 && values[0] != ""
}

// readSignatures reads those of version 1. Others, such as those by public keys (v1a), are passed over.
func readSignatures(text string) (sums []sum) {
	for each := range strings.SplitSeq(text, " ") {
		encoded, ok := strings.CutPrefix(each, "v1,")
		if !ok || len(encoded) != base64.StdEncoding.EncodedLen(sha256.Size) || len(sums) == maxSignatures {
			continue
		}
		decoded, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if err == nil && len(decoded) == sha256.Size {
			sums = append(sums, sum(decoded))
		}
	}
	return sums
}

// fresh reports whether it was signed lately.
func (m message) fresh(now time.Time) bool { return now.Sub(m.at).Abs() <= tolerance }

// by reports whether a key has signed it. How long that takes depends on nothing that is secret.
func (m message) by(key, body []byte) bool {
	want := m.sum(key, body)
	right := 0
	for i := range m.sums {
		right |= subtle.ConstantTimeCompare(want, m.sums[i][:])
	}
	return right == 1
}
