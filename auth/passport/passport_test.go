package passport_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/auth/passport"
)

const (
	issuer   = "https://api.example.com"
	audience = "orders"
)

func somebody() passport.Bearer {
	return passport.Bearer{Subject: "user 7", Scopes: []string{"orders:read", "orders:write"}, Tenant: "acme", ID: "credential-1"}
}

func settings(key string, retired ...string) passport.Config {
	c := passport.DefaultConfig()
	c.Key, c.Retired, c.Issuer = key, retired, issuer
	return c
}

func signer(t testing.TB, c passport.Config) (*passport.Signer, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	s, err := passport.New(c, registry)
	if err != nil {
		t.Fatal(err)
	}
	return s, registry
}

func token(t testing.TB, s *passport.Signer, b passport.Bearer, audience string) string {
	t.Helper()
	text, err := s.Token(b, audience)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// verify is what a service does, with a library of its own.
func verify(t testing.TB, s *passport.Signer, text, audience string) error {
	t.Helper()
	set, err := jwk.Parse(s.JWKS())
	if err != nil {
		t.Fatal(err)
	}
	_, err = jwt.Parse([]byte(text), jwt.WithKeySet(set), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithRequiredClaim(jwt.ExpirationKey))
	return err
}

// part is a member of a token as it stands there: 0 is the header, 1 the claims.
func part(t testing.TB, text string, n int) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(text, ".")[n])
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	return members
}

func count(t testing.TB, registry *prometheus.Registry, signed, remembered int) {
	t.Helper()
	want := "# HELP concierge_auth_passports_total Passports handed to services, by how they were come by: signed or remembered.\n" +
		"# TYPE concierge_auth_passports_total counter\n" +
		"concierge_auth_passports_total{result=\"remembered\"} " + strconv.Itoa(remembered) + "\n" +
		"concierge_auth_passports_total{result=\"signed\"} " + strconv.Itoa(signed) + "\n"
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}

func TestAPassportIsVerifiedByThePublishedKeys(t *testing.T) {
	for name, c := range map[string]struct{ file, algorithm string }{
		"P-256 in PKCS#8":                 {pkcs8(t, p256(t)), "ES256"},
		"P-256 in SEC1":                   {sec1(t, p256(t)), "ES256"},
		"P-256 as openssl ecparam writes": {sec1WithParameters(t, p256(t)), "ES256"},
		"Ed25519":                         {pkcs8(t, edwards(t)), "EdDSA"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _ := signer(t, settings(c.file))
				text := token(t, s, somebody(), audience)
				if err := verify(t, s, text, audience); err != nil {
					t.Fatal(err)
				}
				now := float64(time.Now().Unix())
				got := part(t, text, 1)
				if jti, _ := got["jti"].(string); len(jti) < 22 {
					t.Errorf("jti is %q, which has not 128 bits", jti)
				}
				delete(got, "jti")
				want := map[string]any{
					"iss": issuer, "sub": "user 7", "aud": audience, "iat": now, "nbf": now, "exp": now + 60, "scope": "orders:read orders:write", "tenant": "acme",
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
				header := part(t, text, 0)
				if kid, _ := header["kid"].(string); kid == "" {
					t.Error("there is no kid")
				}
				delete(header, "kid")
				if diff := cmp.Diff(map[string]any{"alg": c.algorithm, "typ": "JWT"}, header); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestEveryES256SignatureHasItsFullLength(t *testing.T) {
	s, _ := signer(t, settings(pkcs8(t, p256(t))))
	for i := range 600 { // one in 128 has a number that begins with a zero
		b := somebody()
		b.ID = strconv.Itoa(i)
		text := token(t, s, b, audience)
		signature, err := base64.RawURLEncoding.DecodeString(text[strings.LastIndexByte(text, '.')+1:])
		if err != nil || len(signature) != 64 {
			t.Fatalf("%d bytes, %v", len(signature), err)
		}
	}
}

func TestAPassportIsForOneService(t *testing.T) {
	s, _ := signer(t, settings(pkcs8(t, p256(t))))
	for _, other := range []string{"payments", "order", "orders "} {
		if err := verify(t, s, token(t, s, somebody(), audience), other); err == nil {
			t.Errorf("%q takes a passport for %q", other, audience)
		}
	}
}

func TestAPassportOfAnotherKeyIsNotTaken(t *testing.T) {
	ours, _ := signer(t, settings(pkcs8(t, p256(t))))
	theirs, _ := signer(t, settings(pkcs8(t, p256(t))))
	if err := verify(t, ours, token(t, theirs, somebody(), audience), audience); err == nil {
		t.Error("it was taken")
	}
}

func TestAnAnonymousBearerHasNoSubject(t *testing.T) {
	s, _ := signer(t, settings(pkcs8(t, p256(t))))
	text := token(t, s, passport.Bearer{Anonymous: true}, audience)
	if err := verify(t, s, text, audience); err != nil {
		t.Fatal(err)
	}
	for _, claim := range []string{"sub", "scope", "tenant"} {
		if _, ok := part(t, text, 1)[claim]; ok {
			t.Errorf("it has a %s", claim)
		}
	}
}

func TestWhatCouldBeReadInAnotherWayIsRefused(t *testing.T) {
	scoped := func(scopes ...string) passport.Bearer { return passport.Bearer{Subject: "hidden7", Scopes: scopes} }
	for name, c := range map[string]struct {
		bearer   passport.Bearer
		audience string
	}{
		"no audience":                   {somebody(), ""},
		"nobody":                        {passport.Bearer{}, audience},
		"nobody with scopes":            {passport.Bearer{Scopes: []string{"a"}}, audience},
		"anonymous, with a name":        {passport.Bearer{Subject: "hidden7", Anonymous: true}, audience},
		"anonymous, of a tenant":        {passport.Bearer{Tenant: "hidden7", Anonymous: true}, audience},
		"a scope that reads as two":     {scoped("hidden7 admin"), audience},
		"an empty scope":                {scoped("a", ""), audience},
		"a scope with a tab":            {scoped("hidden7\tadmin"), audience},
		"a scope with a line's end":     {scoped("hidden7\n"), audience},
		"a scope with a quote":          {scoped(`hidden7"`), audience},
		"a scope of other letters":      {scoped("hidden7ä"), audience},
		"a scope that is no text":       {scoped("hidden7\xff"), audience},
		"a subject that is no text":     {passport.Bearer{Subject: "hidden7\xff"}, audience},
		"an audience that is no text":   {somebody(), "orders\xff"},
		"a scope with a no-break space": {scoped("hidden7\u00a0admin"), audience},
	} {
		t.Run(name, func(t *testing.T) {
			s, registry := signer(t, settings(pkcs8(t, p256(t))))
			for range 2 { // a refusal is not remembered either
				text, err := s.Token(c.bearer, c.audience)
				if err == nil || text != "" {
					t.Fatalf("got %q, %v", text, err)
				}
				if strings.Contains(err.Error(), "hidden7") {
					t.Errorf("the error tells who it is: %v", err)
				}
			}
			count(t, registry, 0, 0)
		})
	}
}

func TestScopesThatReadAlikeWhenJoinedAreNotTakenForEachOther(t *testing.T) {
	s, _ := signer(t, settings(pkcs8(t, p256(t))))
	token(t, s, passport.Bearer{Subject: "7", Scopes: []string{"orders:read", "admin"}}, audience)
	if _, err := s.Token(passport.Bearer{Subject: "7", Scopes: []string{"orders:read admin"}}, audience); err == nil {
		t.Error("a scope with a space in it became two")
	}
}

func TestWhateverABearerIsCalledAServiceReadsTheSame(t *testing.T) {
	s, _ := signer(t, settings(pkcs8(t, edwards(t))))
	rapid.Check(t, func(r *rapid.T) {
		b := passport.Bearer{
			Subject: rapid.StringN(1, 40, -1).Draw(r, "subject"),
			Scopes:  rapid.SliceOfN(rapid.StringMatching(`[!#-\[\]-~]{1,12}`), 0, 5).Draw(r, "scopes"),
			ID:      rapid.String().Draw(r, "id"),
		}
		to := rapid.StringN(1, 20, -1).Draw(r, "audience")
		text, err := s.Token(b, to)
		if err != nil {
			r.Fatal(err)
		}
		if err := verify(t, s, text, to); err != nil {
			r.Fatal(err)
		}
		claims := part(t, text, 1)
		scope, _ := claims["scope"].(string)
		if claims["sub"] != b.Subject || claims["aud"] != to || scope != strings.Join(b.Scopes, " ") {
			r.Errorf("a service reads %v", claims)
		}
	})
}

func TestAPassportIsUsedForTwoThirdsOfItsLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, registry := signer(t, settings(pkcs8(t, p256(t))))
		first := token(t, s, somebody(), audience)
		time.Sleep(40*time.Second - 1)
		if token(t, s, somebody(), audience) != first {
			t.Error("another one was made before two thirds were over")
		}
		time.Sleep(time.Nanosecond)
		second := token(t, s, somebody(), audience)
		if second == first {
			t.Error("it is still used after two thirds")
		}
		if err := verify(t, s, first, audience); err != nil {
			t.Errorf("whoever was handed it at last cannot use it: %v", err)
		}
		time.Sleep(20 * time.Second)
		if err := verify(t, s, first, audience); err == nil {
			t.Error("it is good for longer than its lifetime")
		}
		if token(t, s, somebody(), audience) != second {
			t.Error("the second one is not remembered")
		}
		count(t, registry, 2, 2)
	})
}

func TestAPassportIsRememberedForWhatItSaysAlone(t *testing.T) {
	s, registry := signer(t, settings(pkcs8(t, p256(t))))
	with := func(change func(*passport.Bearer)) passport.Bearer {
		b := somebody()
		change(&b)
		return b
	}
	bearers := []passport.Bearer{
		somebody(),
		with(func(b *passport.Bearer) { b.Tenant = "globex" }),
		with(func(b *passport.Bearer) { b.Tenant = "" }),
		with(func(b *passport.Bearer) { b.Subject = "user 8" }),
		with(func(b *passport.Bearer) { b.Scopes = []string{"orders:write", "orders:read"} }),
		with(func(b *passport.Bearer) { b.Scopes = []string{"orders:read"} }),
		with(func(b *passport.Bearer) { b.Scopes = []string{"orders:readorders:write"} }),
		with(func(b *passport.Bearer) { b.ID = "credential-2" }),
		with(func(b *passport.Bearer) { b.ID = "" }),
		{Anonymous: true},
		{Anonymous: true, Scopes: []string{"catalogue:read"}},
	}
	tokens := make(map[string]bool)
	for range 2 {
		for _, b := range bearers {
			tokens[token(t, s, b, "orders")], tokens[token(t, s, b, "payments")] = true, true
		}
	}
	if want := 2 * len(bearers); len(tokens) != want {
		t.Errorf("%d passports, want %d", len(tokens), want)
	}
	count(t, registry, 2*len(bearers), 2*len(bearers))
}

func TestThoseWhoMissAtOnceShareASignature(t *testing.T) {
	s, registry := signer(t, settings(pkcs8(t, p256(t))))
	const callers = 64
	start := make(chan struct{})
	tokens := make([]string, callers)
	var wait sync.WaitGroup
	for i := range callers {
		wait.Go(func() {
			<-start
			tokens[i], _ = s.Token(somebody(), audience)
		})
	}
	close(start)
	wait.Wait()
	for _, got := range tokens {
		if got == "" || got != tokens[0] {
			t.Fatal("they have different ones")
		}
	}
	count(t, registry, 1, callers-1)
}

func TestManyGoroutinesMayUseASigner(t *testing.T) {
	c := settings(pkcs8(t, p256(t)))
	c.MaxRemembered = 8
	s, _ := signer(t, c)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for i := range 100 {
				b := passport.Bearer{Subject: strconv.Itoa(i % 20)}
				text, err := s.Token(b, audience)
				if err != nil || part(t, text, 1)["sub"] != b.Subject {
					t.Error("somebody got what was somebody else's")
				}
			}
		})
	}
	wait.Wait()
}

func TestARememberedPassportAllocatesNothing(t *testing.T) {
	s, _ := signer(t, settings(pkcs8(t, p256(t))))
	b := somebody()
	token(t, s, b, audience)
	if got := testing.AllocsPerRun(1000, func() { _, _ = s.Token(b, audience) }); got > 0 {
		t.Errorf("%v allocations", got)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	const room = 10
	for name, c := range map[string]struct {
		scope string
		most  int
	}{
		"in number": {"a", room},
		"in bytes":  {strings.Repeat("a", 3000), room / 2},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := settings(pkcs8(t, edwards(t)))
			cfg.MaxRemembered = room
			s, _ := signer(t, cfg)
			pass := func() (tokens []string) {
				for i := range 100 {
					tokens = append(tokens, token(t, s, passport.Bearer{Subject: strconv.Itoa(i), Scopes: []string{c.scope}}, audience))
				}
				return tokens
			}
			kept := 0
			first := pass()
			for i, again := range pass() {
				if again == first[i] {
					kept++
				}
			}
			if kept > c.most {
				t.Errorf("%d are remembered, want %d at most", kept, c.most)
			}
		})
	}
}

func TestTheKeySetIsTheCallersToChange(t *testing.T) {
	s, _ := signer(t, settings(pkcs8(t, p256(t))))
	before := bytes.Clone(s.JWKS())
	clear(s.JWKS())
	if !bytes.Equal(before, s.JWKS()) {
		t.Error("it changed for all")
	}
}
