package idempotency

import (
	"context"
	"net/http"
	"strings"

	"github.com/concierge-gateway/concierge/problem"
)

// maxKey is how long a client's key may be, in characters.
const maxKey = 255

// Begin is the context of the operation that a request of subject's asks for: the request's own, With the key that it came with.
func Begin(r *http.Request, subject string) (context.Context, error) {
	key, err := Key(r)
	if err != nil || key == "" {
		return r.Context(), err
	}
	return With(r.Context(), key, subject), nil
}

// Key is the key that a request's client sent, or empty where there is none. Both usual forms are read, and mean the same: the
// draft's string in double quotes, and the bare text. On a safe method a key has nothing to do, and is not looked at. The error
// is for the client, and does not repeat the key.
func Key(r *http.Request) (string, error) {
	fields := r.Header[Header]
	if len(fields) == 0 || safe(r.Method) {
		return "", nil
	}
	if len(fields) > 1 {
		return "", problem.New(problem.BadInput, "there is more than one Idempotency-Key")
	}
	key, ok := read(fields[0])
	if !ok {
		return "", problem.New(problem.BadInput,
			"an Idempotency-Key is 1 to 255 visible ASCII characters, bare or as a string in double quotes")
	}
	return key, nil
}

// read is the key in a field. Blanks are none of it, not even within quotes, where the draft would allow them: a key is compared
// in many places, and some of them trim.
func read(field string) (key string, ok bool) {
	key, ok = strings.Trim(field, " \t"), true
	if strings.HasPrefix(key, `"`) {
		key, ok = unquote(key)
	}
	return key, ok && key != "" && len(key) <= maxKey && strings.IndexFunc(key, invisible) < 0
}

func invisible(r rune) bool { return r <= ' ' || r > '~' }

// unquote is the text of a string as RFC 9651, section 3.3.3, writes it. Nothing may follow: the draft knows no parameters.
func unquote(quoted string) (text string, ok bool) {
	var plain strings.Builder
	for i := 1; i < len(quoted); i++ {
		switch quoted[i] {
		case '"':
			return plain.String(), i == len(quoted)-1
		case '\\':
			i++
			if i == len(quoted) || quoted[i] != '"' && quoted[i] != '\\' {
				return "", false
			}
		}
		plain.WriteByte(quoted[i])
	}
	return "", false
}
