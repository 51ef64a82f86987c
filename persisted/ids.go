package persisted

import "strings"

// hashPrefix is what an id begins with that is a hash (GraphQL over HTTP, appendix on persisted documents). Apollo's have none.
const hashPrefix = "sha256:"

// hashIn is the SHA-256 that an id is, in the one spelling that there is: 64 hexadecimal digits in small letters.
func hashIn(id string) (hash string, ok bool) {
	hash = strings.TrimPrefix(id, hashPrefix)
	odd := func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') }
	return hash, len(hash) == 64 && !strings.ContainsFunc(hash, odd)
}
