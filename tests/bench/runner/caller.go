package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"time"
)

// secret signs the one token of a run.
const secret = "a secret that signs the token of a benchmark"

// support is the Authorization of somebody who may see everything by scopes alone. Nothing has to be read only to find out whose
// it is, so the calls are those that the answer needs.
func support(now time.Time) (authorization string) {
	return signed(now, "support", "users:read users:pii orders:read payments:read")
}

// customer is the Authorization of a user who may see what is the user's own, and nothing else. So each record is looked at.
func customer(now time.Time, id int) (authorization string) { return signed(now, strconv.Itoa(id), "") }

func signed(now time.Time, subject, scopes string) (authorization string) {
	const day = 24 * time.Hour // longer than any run
	claims := fmt.Sprintf(`{"sub":%q,"scope":%q,"iat":%d,"exp":%d}`, subject, scopes, now.Unix(), now.Add(day).Unix())
	text := encoded(`{"alg":"HS256","typ":"JWT"}`) + "." + encoded(claims)
	sum := hmac.New(sha256.New, []byte(secret))
	_, _ = sum.Write([]byte(text)) // it never fails
	return "Bearer " + text + "." + encoded(string(sum.Sum(nil)))
}

func encoded(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
