package token_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-chi/jwtauth/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/credential"
	"github.com/concierge-gateway/concierge/auth/keys"
	"github.com/concierge-gateway/concierge/auth/token"
)

func TestTokensOfEveryAlgorithmAreTaken(t *testing.T) {
	p := private()
	for algorithm, key := range map[string]any{
		"HS256": secretText, "HS384": secretText, "HS512": secretText,
		"RS256": p.rsa, "RS384": p.rsa, "RS512": p.rsa, "PS256": p.rsa, "PS384": p.rsa, "PS512": p.rsa,
		"ES256": p.p256, "ES384": p.p384, "ES512": p.p521, "EdDSA": p.ed25519,
	} {
		t.Run(algorithm, func(t *testing.T) {
			v := verifier(settings(algorithm), append(everyKey(), []byte(secretText)))
			grant := takes(t, v, made(key, algorithm, head(algorithm), claims()))
			if grant.Subject != "7" {
				t.Errorf("it names %q", grant.Subject)
			}
		})
	}
}

func TestTheAlgorithmsGoByTheKeysWhereNoneAreNamed(t *testing.T) {
	p := private()
	public, shared := settings(), settings()
	shared.Keys.Secret = secretText
	for name, c := range map[string]struct {
		v         *token.Verifier
		key       any
		algorithm string
		taken     bool
	}{
		"RS256":                  {verifier(public, everyKey()), p.rsa, "RS256", true},
		"ES256":                  {verifier(public, everyKey()), p.p256, "ES256", true},
		"PS256":                  {verifier(public, everyKey()), p.rsa, "PS256", false},
		"HS256 with public keys": {verifier(public, ring{[]byte(secretText)}), secretText, "HS256", false},
		"HS256":                  {verifier(shared, ring{[]byte(secretText)}), secretText, "HS256", true},
		"HS512":                  {verifier(shared, ring{[]byte(secretText)}), secretText, "HS512", false},
		"RS256 with a secret":    {verifier(shared, everyKey()), p.rsa, "RS256", false},
	} {
		t.Run(name, func(t *testing.T) {
			text := made(c.key, c.algorithm, head(c.algorithm), claims())
			if c.taken {
				takes(t, c.v, text)
				return
			}
			refuses(t, c.v, text, credential.ErrInvalid, notAllowed)
		})
	}
}

func TestAShortSecretVerifiesNothing(t *testing.T) {
	for algorithm, size := range map[string]int{"HS256": 32, "HS384": 48, "HS512": 64} {
		for bytes, taken := range map[int]bool{size: true, size - 1: false, 0: false} {
			secret := secretText[:bytes]
			v := verifier(settings(algorithm), ring{[]byte(secret)})
			text := made(secret, algorithm, head(algorithm), claims())
			if taken {
				takes(t, v, text)
				continue
			}
			refuses(t, v, text, credential.ErrInvalid, noKey)
		}
	}
}

func TestAKeyForOneAlgorithmIsUsedForNoOther(t *testing.T) {
	key := private().rsa
	source := only{Key: keys.Key{Algorithm: "RS512", Public: &key.PublicKey}}
	v := verifier(settings("RS256", "RS512"), source)
	takes(t, v, made(key, "RS512", head("RS512"), claims()))
	refuses(t, v, made(key, "RS256", head("RS256"), claims()), credential.ErrInvalid, noKey)
}

// only is a Source of one key, which must be asked for by what a token says.
type only struct {
	keys.Key

	asked *[2]string
}

func (o only) Find(_ context.Context, kid, algorithm string) ([]keys.Key, error) {
	if o.asked != nil {
		*o.asked = [2]string{kid, algorithm}
	}
	return []keys.Key{o.Key}, nil
}

func TestTheSourceIsAskedForWhatTheHeaderSays(t *testing.T) {
	var asked [2]string
	key := private().rsa
	v := verifier(settings(), only{keys.Key{Public: &key.PublicKey}, &asked})
	for kid, member := range map[string]string{"": "", "k1": `"k1"`, strings.Repeat("k", 256): `"` + strings.Repeat("k", 256) + `"`} {
		takes(t, v, made(key, "RS256", head("RS256", "kid", member), claims()))
		if diff := cmp.Diff([2]string{kid, "RS256"}, asked); diff != "" {
			t.Error(diff)
		}
	}
}

func TestWhatTheSourceCannotSayIsPassedOn(t *testing.T) {
	text := made(private().rsa, "RS256", head("RS256"), claims())
	for _, kind := range []error{credential.ErrInvalid, credential.ErrUnavailable} {
		v := verifier(settings(), failing{fmt.Errorf("read the key set: %w", kind)})
		refuses(t, v, text, kind, "find the key of the token: read the key set")
	}
}

func TestKindsOfTokens(t *testing.T) {
	key := private().rsa
	text := func(typ string) string { return made(key, "RS256", head("RS256", "typ", typ), claims()) }
	access := settings()
	access.Types = []string{"application/AT+jwt"}
	for typ, taken := range map[string]struct{ usually, access bool }{
		"":                                {true, false},
		`"JWT"`:                           {true, false},
		`"jwt"`:                           {true, false},
		`"application/jwt"`:               {true, false},
		`"at+jwt"`:                        {true, true},
		`"AT+JWT"`:                        {true, true},
		`"Application/at+jwt"`:            {true, true},
		`"application/application/x+jwt"`: {false, false},
		`"dpop+jwt"`:                      {false, false},
	} {
		for cfg, want := range map[*token.Verifier]bool{
			verifier(settings(), everyKey()): taken.usually, verifier(access, everyKey()): taken.access,
		} {
			if _, err := cfg.Verify(t.Context(), text(typ)); (err == nil) != want {
				t.Errorf("typ %s: got %v, want it taken: %v", typ, err, want)
			}
		}
	}
}

func TestATokenIsGoodFromItsStartToItsEnd(t *testing.T) {
	private()
	synctest.Test(t, func(t *testing.T) {
		exact, lenient := settings(), settings()
		exact.Leeway, lenient.Leeway = 0, time.Minute
		now := time.Now()
		at := func(d time.Duration) string {
			return strconv.FormatFloat(float64(now.Add(d).UnixMilli())/1000, 'f', 3, 64)
		}
		for name, c := range map[string]struct {
			changes        []string
			exact, lenient error
		}{
			"ends now":                 {[]string{"exp", at(0)}, credential.ErrExpired, nil},
			"ends in a moment":         {[]string{"exp", at(time.Millisecond)}, nil, nil},
			"ended a minute ago":       {[]string{"exp", at(-time.Minute)}, credential.ErrExpired, credential.ErrExpired},
			"ended almost as long ago": {[]string{"exp", at(-time.Minute + time.Millisecond)}, credential.ErrExpired, nil},
			"ended in 1970":            {[]string{"exp", "0"}, credential.ErrExpired, credential.ErrExpired},
			"ends in 9999":             {[]string{"exp", "253402300799"}, nil, nil},
			"ends, as a power":         {[]string{"exp", "2.5e11"}, nil, nil},
			"begins now":               {[]string{"nbf", at(0)}, nil, nil},
			"begins in a moment":       {[]string{"nbf", at(time.Millisecond)}, credential.ErrInvalid, nil},
			"begins in a minute":       {[]string{"nbf", at(time.Minute)}, credential.ErrInvalid, nil},
			"begins after a minute":    {[]string{"nbf", at(time.Minute + time.Millisecond)}, credential.ErrInvalid, credential.ErrInvalid},
			"issued now":               {[]string{"iat", at(0)}, nil, nil},
			"issued in a minute":       {[]string{"iat", at(time.Minute)}, credential.ErrInvalid, nil},
			"issued after a minute":    {[]string{"iat", at(time.Minute + time.Millisecond)}, credential.ErrInvalid, credential.ErrInvalid},
			"ends before it begins":    {[]string{"nbf", at(time.Hour), "exp", at(-time.Hour)}, credential.ErrInvalid, credential.ErrInvalid},
		} {
			text := made(private().rsa, "RS256", head("RS256"), claims(c.changes...))
			for cfg, want := range map[*token.Verifier]error{
				verifier(exact, everyKey()): c.exact, verifier(lenient, everyKey()): c.lenient,
			} {
				if _, err := cfg.Verify(t.Context(), text); !errors.Is(err, want) {
					t.Errorf("%s: got %v, want %v", name, err, want)
				}
			}
		}
	})
}

func TestAGrantIsWhatTheTokenSays(t *testing.T) {
	private()
	synctest.Test(t, func(t *testing.T) {
		cfg := settings()
		cfg.SubjectPrefix = "partner:"
		text := made(private().p256, "ES256", head("ES256"), claims("jti", `"t1"`, "iat", seconds(0), "nbf", seconds(0),
			"scope", `"users:read orders:read"`, "aud", `["x","https://gateway.example"]`, "n", "1.5", "o", `{"a":[true]}`))
		grant := takes(t, verifier(cfg, everyKey()), text)
		held, now := grant.Token, time.Now().UTC()
		grant.Token = nil
		want := credential.Grant{
			Subject: "partner:7", Scopes: []string{"users:read", "orders:read"}, ID: "t1", Issued: now, Until: now.Add(time.Hour),
		}
		if diff := cmp.Diff(want, grant); diff != "" {
			t.Error(diff)
		}
		_, carried, err := jwtauth.FromContext(jwtauth.NewContext(t.Context(), held, nil))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]any{
			"iss": issuerName, "aud": []string{"x", audience}, "sub": "7", "jti": "t1", "iat": now, "nbf": now, "exp": now.Add(time.Hour),
			"scope": "users:read orders:read", "n": 1.5, "o": map[string]any{"a": []any{true}},
		}, carried); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSubjects(t *testing.T) {
	long := strings.Repeat("7", 256)
	for name, c := range map[string]struct {
		claim   string
		changes []string
		want    string
	}{
		"a string":                           {"sub", []string{"sub", `"7"`}, "7"},
		"an escaped one":                     {"sub", []string{"sub", `"\u0037"`}, "7"},
		"one of 256 bytes":                   {"sub", []string{"sub", `"` + long + `"`}, long},
		"one that is not ASCII":              {"sub", []string{"sub", `"Jürgen|7"`}, "Jürgen|7"},
		"a number":                           {"sub", []string{"sub", "7"}, "7"},
		"zero":                               {"sub", []string{"sub", "0"}, "0"},
		"a number that no float holds":       {"sub", []string{"sub", "9007199254740993"}, "9007199254740993"},
		"another claim":                      {"uid", []string{"uid", `"8"`}, "8"},
		"another claim, and no sub":          {"uid", []string{"uid", "8", "sub", ""}, "8"},
		"another claim, and sub is a number": {"uid", []string{"uid", "8", "sub", "9"}, "8"},
		"a claim whose name has dots":        {"https://issuer.example/id", []string{"https://issuer.example/id", `"8"`}, "8"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := settings()
			cfg.Subject = c.claim
			grant := takes(t, verifier(cfg, everyKey()), made(private().p256, "ES256", head("ES256"), claims(c.changes...)))
			if grant.Subject != c.want {
				t.Errorf("it names %q, want %q", grant.Subject, c.want)
			}
		})
	}
}

func TestSeveralIssuersMayShareAName(t *testing.T) {
	p := private()
	first, second := settings("RS256"), settings("RS256")
	first.SubjectPrefix, second.SubjectPrefix = "first:", "second:"
	second.Audience = []string{"second", "third"}
	nameless := settings("RS256", "ES256")
	nameless.Issuer, nameless.SubjectPrefix = "", "nameless:"
	down := failing{credential.ErrUnavailable}
	own := ring{&p.rsa.PublicKey}
	v := token.New([]token.Issuer{{Config: nameless, Keys: everyKey()}, {Config: first, Keys: own}, {Config: second, Keys: own}})
	text := func(changes ...string) string { return made(p.rsa, "RS256", head("RS256"), claims(changes...)) }
	for want, text := range map[string]string{
		"first:7":    text(),
		"second:7":   text("aud", `"third"`),
		"nameless:7": text("iss", `"https://other.example"`),
		"nameless:8": text("iss", "", "sub", `"8"`),
	} {
		if grant := takes(t, v, text); grant.Subject != want {
			t.Errorf("got %q, want %q", grant.Subject, want)
		}
	}
	t.Run("what a named one refuses, a nameless one does not take", func(t *testing.T) {
		refuses(t, v, text("aud", `"fourth"`), credential.ErrInvalid, "somebody else")
		refuses(t, v, made(p.p256, "ES256", head("ES256"), claims()), credential.ErrInvalid, notAllowed)
	})
	t.Run("that one says it has expired says more", func(t *testing.T) {
		refuses(t, v, text("exp", seconds(-time.Hour)), credential.ErrExpired, "")
		refuses(t, v, text("exp", seconds(-time.Hour), "aud", `"third"`), credential.ErrExpired, "")
	})
	t.Run("one that cannot say says more than one that refuses", func(t *testing.T) {
		for _, issuers := range [][]token.Issuer{
			{{Config: first, Keys: down}, {Config: second, Keys: own}}, {{Config: second, Keys: own}, {Config: first, Keys: down}},
		} {
			refuses(t, token.New(issuers), text(), credential.ErrUnavailable, "")
			takes(t, token.New(issuers), text("aud", `"second"`))
		}
	})
	t.Run("they share the keys that are tried", func(t *testing.T) {
		many := ring{}
		for range 8 {
			many = append(many, &p.stranger.PublicKey)
		}
		v := token.New([]token.Issuer{{Config: first, Keys: many}, {Config: second, Keys: own}})
		refuses(t, v, text("aud", `"second"`), credential.ErrInvalid, noKey)
	})
}

func TestAnAudienceThatDoesNotMatterMustBeOneAllTheSame(t *testing.T) {
	cfg := settings()
	cfg.Audience = nil
	v := verifier(cfg, everyKey())
	text := func(audience string) string {
		return made(private().p256, "ES256", head("ES256"), claims("aud", audience))
	}
	takes(t, v, text(""))
	takes(t, v, text(`["a","b"]`))
	refuses(t, v, text("7"), credential.ErrInvalid, "neither a string nor a list")
}

func TestNoIssuersTakeNothing(t *testing.T) {
	refuses(t, token.New(nil), made(private().rsa, "RS256", head("RS256"), claims()), credential.ErrInvalid, "nobody who is known")
}

func TestErrorsHoldNothingOfTheToken(t *testing.T) {
	const personal = "jane.doe"
	v := verifier(settings(), everyKey())
	for _, changes := range [][]string{
		{"sub", `["` + personal + `"]`},
		{"exp", `"` + personal + `"`},
		{"aud", `"` + personal + `"`},
		{"iss", `"` + personal + `"`},
		{"jti", `"` + personal + `\n"`},
		{"scope", `{"` + personal + `":1}`},
		{"exp", "0", "sub", `"` + personal + `"`},
	} {
		_, err := v.Verify(t.Context(), made(private().p256, "ES256", head("ES256", "kid", `"`+personal+`"`), claims(changes...)))
		if err == nil || strings.Contains(err.Error(), personal) {
			t.Errorf("%v: got %v", changes, err)
		}
	}
}

func TestLooksTellsTokensFromOpaqueOnes(t *testing.T) {
	good := made(private().p256, "ES256", head("ES256"), claims())
	for text, want := range map[string]bool{
		good:                           true,
		encode("{}") + "..":            true,
		encode(" {}") + ".YQ.":         true,
		encode("[]") + "..":            false,
		encode("null") + "..":          false,
		encode(`{"a":1,"a":2}`) + "..": false,
		encode("{}") + ".":             false,
		encode("{}") + "...":           false,
		encode("{}") + "....":          false,
		encode("{}") + ".a=.":          false,
		encode("{}") + ".aa\n.":        false,
		"":                             false,
		"..":                           false,
		"a.b.c":                        false,
		"www.example.com":              false,
		"d8f2a0c1-opaque":              false,
		encode("{}") + ".." + strings.Repeat("a", 8<<10): false,
	} {
		if got := token.Looks(text); got != want {
			t.Errorf("Looks(%.80q) is %v", text, got)
		}
	}
}
