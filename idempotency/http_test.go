package idempotency_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/idempotency"
	"github.com/concierge-gateway/concierge/problem"
)

const uuid = "8e03978e-40d5-43dd-bc93-6894a57f9324"

// request is one with these fields.
func request(method string, fields ...string) *http.Request {
	return &http.Request{Method: method, Header: http.Header{idempotency.Header: fields}}
}

func TestAKeyIsReadInBothForms(t *testing.T) {
	long := strings.Repeat("x", 255)
	for name, c := range map[string]struct{ field, want string }{
		"a bare one":                   {uuid, uuid},
		"a string":                     {`"` + uuid + `"`, uuid},
		"blanks around":                {"\t " + uuid + " ", uuid},
		"blanks around a string":       {` "` + uuid + `" `, uuid},
		"one character":                {"0", "0"},
		"every sign":                   {"!#$%&'()*+,-./:;<=>?@[]^_`{|}~", "!#$%&'()*+,-./:;<=>?@[]^_`{|}~"},
		"quotes within a bare one":     {`a"b\c`, `a"b\c`},
		"quotes within a string":       {`"a\"b\\c"`, `a"b\c`},
		"a string that is a quote":     {`"\""`, `"`},
		"the longest":                  {long, long},
		"the longest string":           {`"` + long + `"`, long},
		"the longest string, of marks": {`"` + strings.Repeat(`\"`, 255) + `"`, strings.Repeat(`"`, 255)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := idempotency.Key(request(http.MethodPost, c.field))
			if err != nil || got != c.want {
				t.Errorf("got %q and %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestAMalformedKeyIsRefused(t *testing.T) {
	const secret = "canary"
	for name, fields := range map[string][]string{
		"nothing":                    {""},
		"blanks":                     {"  "},
		"an empty string":            {`""`},
		"a blank within":             {"a " + secret},
		"a blank within a string":    {`"a ` + secret + `"`},
		"a control character":        {"a\x7f" + secret},
		"a control within a string":  {"\"a\x01\""},
		"no ASCII":                   {"é" + secret},
		"no UTF-8":                   {"a\xff" + secret},
		"too long":                   {strings.Repeat("x", 256)},
		"too long a string":          {`"` + strings.Repeat("x", 256) + `"`},
		"a quote":                    {`"`},
		"a string without end":       {`"` + secret},
		"a string that ends escaped": {`"` + secret + `\"`},
		"a string that ends in \\":   {`"` + secret + `\`},
		"an escape that is none":     {`"a\n` + secret + `"`},
		"something behind a string":  {`"a"` + secret},
		"a parameter":                {`"a";b=` + secret},
		"a list of strings":          {`"a","` + secret + `"`},
		"a list":                     {"a, " + secret},
		"two":                        {"a", secret},
		"the same twice":             {secret, secret},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := idempotency.Key(request(http.MethodPost, fields...))
			if got != "" || problem.KindOf(err) != problem.BadInput {
				t.Fatalf("got %q and %v, want a refusal", got, err)
			}
			if message := err.Error(); !strings.Contains(message, "Idempotency-Key") || strings.Contains(message, secret) {
				t.Errorf("got %q, want what is wrong and nothing of the key", message)
			}
		})
	}
}

func TestAKeyIsNotNeeded(t *testing.T) {
	for name, r := range map[string]*http.Request{
		"no header":       {Method: http.MethodPost},
		"no field":        request(http.MethodPost),
		"one on a GET":    request(http.MethodGet, uuid),
		"nonsense on GET": request(http.MethodGet, "a b", ""),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := idempotency.Key(r); got != "" || err != nil {
				t.Errorf("got %q and %v, want none", got, err)
			}
		})
	}
}

// Whatever is read is a key, and is read the same from both forms.
func FuzzKey(f *testing.F) {
	for _, seed := range []string{uuid, `"` + uuid + `"`, `"a\"b\\c"`, `"`, `"a`, `""`, "a b", `"a";b=c`, "é", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, field string) {
		key, err := idempotency.Key(request(http.MethodPost, field))
		if err != nil {
			if key != "" || problem.KindOf(err) != problem.BadInput {
				t.Errorf("%q is refused with %q and %v", field, key, err)
			}
			return
		}
		if key == "" || len(key) > 255 || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%q was read as %q", field, key)
		}
		// Of what is visible, Go escapes the same two characters.
		if again, err := idempotency.Key(request(http.MethodPost, strconv.Quote(key))); err != nil || again != key {
			t.Errorf("%q was read as %q, and that as %q: %v", field, key, again, err)
		}
	})
}

func TestARequestBeginsAnOperationWithItsKey(t *testing.T) {
	asked := func(fields ...string) *http.Request {
		return request(http.MethodPost, fields...).WithContext(t.Context())
	}
	ctx, err := idempotency.Begin(asked(`"k"`), "7")
	if err != nil {
		t.Fatal(err)
	}
	want := idempotency.Next(idempotency.With(t.Context(), "k", "7"), http.MethodPost, "/orders")
	if got := idempotency.Next(ctx, http.MethodPost, "/orders"); got != want {
		t.Errorf("its write has the key %q, want %q", got, want)
	}
	if ctx, err := idempotency.Begin(asked(), "7"); err != nil || ctx != t.Context() {
		t.Errorf("got another context and %v without a key", err)
	}
	if _, err := idempotency.Begin(asked("a b"), "7"); problem.KindOf(err) != problem.BadInput {
		t.Errorf("got %v of a malformed key, want a refusal", err)
	}
}
