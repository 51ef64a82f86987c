package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"
)

// secret signs the one token of a run.
const secret = "a secret that signs the token of a benchmark"

// caller is the Authorization of somebody who may see everything by scopes alone. Nothing has to be read only to find out whose
// it is, so the calls are those that the answer needs.
func caller(now time.Time) (authorization string) {
	const day = 24 * time.Hour // longer than any run
	claims := fmt.Sprintf(`{"sub":"support","scope":"users:read users:pii orders:read payments:read","iat":%d,"exp":%d}`,
		now.Unix(), now.Add(day).Unix())
	signed := encoded(`{"alg":"HS256","typ":"JWT"}`) + "." + encoded(claims)
	sum := hmac.New(sha256.New, []byte(secret))
	_, _ = sum.Write([]byte(signed)) // it never fails
	return "Bearer " + signed + "." + encoded(string(sum.Sum(nil)))
}

func encoded(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
