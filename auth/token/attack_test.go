package token_test

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth/credential"
)

// attack is a token that must be refused as invalid, for this reason and no other. Its name says what would go wrong otherwise.
type attack struct{ text, because string }

func refusesAll(t *testing.T, source ring, algorithms []string, attacks map[string]attack) {
	t.Helper()
	v := verifier(settings(algorithms...), source)
	for name, a := range attacks {
		t.Run(name, func(t *testing.T) { refuses(t, v, a.text, credential.ErrInvalid, a.because) })
	}
}

const (
	notAllowed = "alg is not allowed"
	noKey      = "no key of its issuer"
	noObject   = "not a JSON object"
	noBase64   = "not base64url"
	noParts    = "not three parts"
)

func TestNobodyGetsInWithoutASignature(t *testing.T) {
	unsigned := func(header string) attack { return attack{encode(header) + "." + encode(claims()) + ".", notAllowed} }
	attacks := map[string]attack{
		"no alg":              unsigned(`{}`),
		"an empty alg":        unsigned(head("")),
		"alg in another case": {made(private().rsa, "RS256", head("rs256"), claims()), notAllowed},
		"alg with a space":    {made(private().rsa, "RS256", head("RS256 "), claims()), notAllowed},
		"alg of null":         {made(private().rsa, "RS256", `{"alg":null}`, claims()), noObject},
		"alg of a list":       {made(private().rsa, "RS256", `{"alg":["RS256"]}`, claims()), noObject},
		"Alg alone":           {made(private().rsa, "RS256", `{"Alg":"RS256"}`, claims()), notAllowed},
		"the signature cut":   {encode(head("RS256")) + "." + encode(claims()) + ".", noKey},
	}
	for none := range strings.FieldsSeq("none None NONE nOnE NonE") {
		attacks[none] = unsigned(head(none))
		attacks[none+" with a good signature"] = attack{made(private().rsa, "RS256", head(none), claims()), notAllowed}
	}
	refusesAll(t, everyKey(), []string{"RS256", "ES256"}, attacks)
	t.Run("none, though somebody allowed it", func(t *testing.T) {
		refuses(t, verifier(settings("none"), everyKey()), unsigned(head("none")).text, credential.ErrInvalid, noKey)
	})
}

func TestAPublicKeyIsNoSecret(t *testing.T) {
	public := &private().rsa.PublicKey
	pkix, pkcs1 := must(x509.MarshalPKIXPublicKey(public)), x509.MarshalPKCS1PublicKey(public)
	confused := verifier(settings("RS256", "HS256"), everyKey())
	for name, secret := range map[string][]byte{
		"PKIX": pkix, "PKCS #1": pkcs1, "modulus": public.N.Bytes(), "empty": nil,
		"PEM":          pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix}),
		"PEM, PKCS #1": pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1}),
	} {
		text := made(string(secret), "HS256", head("HS256"), claims())
		t.Run(name, func(t *testing.T) {
			refuses(t, verifier(settings("RS256"), everyKey()), text, credential.ErrInvalid, notAllowed)
			refuses(t, confused, text, credential.ErrInvalid, noKey)
		})
	}
}

func TestKeysAreUsedForTheirOwnAlgorithms(t *testing.T) {
	p := private()
	text := func(key any, signedBy, says string) string { return made(key, signedBy, head(says), claims()) }
	signed := encode(head("ES256")) + "." + encode(claims())
	good := signature(p.p256, "ES256", signed)
	r, s := new(big.Int).SetBytes(good[:32]), new(big.Int).SetBytes(good[32:])
	ecdsa := func(signature []byte) attack { return attack{signed + "." + encode(signature), noKey} }
	zero := make([]byte, 32)
	order := p.p256.Params().N.Bytes()
	refusesAll(t, append(everyKey(), &p.weak.PublicKey), strings.Fields("RS256 ES256 ES384 ES512 EdDSA"), map[string]attack{
		"a stranger's key":                   {text(p.stranger, "RS256", "RS256"), noKey},
		"an RSA key of 1024 bits":            {text(p.weak, "RS256", "RS256"), noKey},
		"RS256 that says it is ES256":        {text(p.rsa, "RS256", "ES256"), noKey},
		"RS512 that says it is RS256":        {text(p.rsa, "RS512", "RS256"), noKey},
		"PS256 that says it is RS256":        {text(p.rsa, "PS256", "RS256"), noKey},
		"ES256 that says it is EdDSA":        {text(p.p256, "ES256", "EdDSA"), noKey},
		"another curve":                      {text(p.p384, "ES256", "ES256"), noKey},
		"ES384 on the curve of ES256":        {text(p.p256, "ES384", "ES384"), noKey},
		"PS256, which is not in the list":    {text(p.rsa, "PS256", "PS256"), notAllowed},
		"RS384, which is not in the list":    {text(p.rsa, "RS384", "RS384"), notAllowed},
		"r and s of zero":                    ecdsa(make([]byte, 64)),
		"r of zero":                          ecdsa(slices.Concat(zero, good[32:])),
		"s of zero":                          ecdsa(append(good[:32:32], zero...)),
		"s of the order":                     ecdsa(append(good[:32:32], order...)),
		"r of the order":                     ecdsa(append(order, good[32:]...)),
		"a byte too few":                     ecdsa(good[:63]),
		"a byte too many":                    ecdsa(append(good[:64:64], 0)),
		"r and s with another zero":          ecdsa(append(append([]byte{0}, good[:32]...), append([]byte{0}, good[32:]...)...)),
		"r and s in ASN.1, as X.509 has it":  ecdsa(must(asn1.Marshal([]*big.Int{r, s}))),
		"r and s the other way round":        ecdsa(append(good[32:64:64], good[:32]...)),
		"an Ed25519 signature cut":           {cut(text(p.ed25519, "EdDSA", "EdDSA")), noKey},
		"the signature of something else":    {encode(head("RS256")) + "." + encode(claims("sub", `"8"`)) + "." + last(text(p.rsa, "RS256", "RS256")), noKey},
		"an algorithm nobody has heard of":   {text(p.rsa, "RS256", "RS1"), notAllowed},
		"ES256K, which has another curve":    {text(p.p256, "ES256", "ES256K"), notAllowed},
		"a signature of no bytes for EdDSA":  {encode(head("EdDSA")) + "." + encode(claims()) + ".", noKey},
		"a signature of no bytes for ES256":  ecdsa(nil),
		"an HMAC of nothing, said to be RSA": {text("", "HS256", "RS256"), noKey},
	})
	t.Run("RS256 where only PS256 is allowed", func(t *testing.T) {
		v := verifier(settings("PS256"), everyKey())
		refuses(t, v, text(p.rsa, "RS256", "RS256"), credential.ErrInvalid, notAllowed)
		refuses(t, v, text(p.rsa, "RS256", "PS256"), credential.ErrInvalid, noKey)
	})
}

// last is the signature of a token, and cut is a token whose signature lacks a byte.
func last(text string) string { return text[strings.LastIndex(text, ".")+1:] }

func cut(text string) string {
	signature := must(base64.RawURLEncoding.DecodeString(last(text)))
	return strings.TrimSuffix(text, last(text)) + encode(signature[:len(signature)-1])
}

func TestNothingIsReadThatIsNotUnderstood(t *testing.T) {
	key := private().rsa
	with := func(changes ...string) string { return made(key, "RS256", head("RS256", changes...), claims()) }
	plain := with()
	refusesAll(t, everyKey(), []string{"RS256"}, map[string]attack{
		"crit that nobody understands": {with("crit", `["https://example.com/stop"]`, "https://example.com/stop", "1"), "crit"},
		"crit of a claim":              {with("crit", `["exp"]`), "crit"},
		"crit of nothing":              {with("crit", `[]`), "crit"},
		"crit of null":                 {with("crit", `null`), "crit"},
		"crit of a string":             {with("crit", `"exp"`), "crit"},
		"crit twice":                   {made(key, "RS256", `{"alg":"RS256","crit":["x"],"crit":[]}`, claims()), noObject},
		"a payload not encoded":        {with("b64", "false"), "b64"},
		"b64 that changes nothing":     {with("b64", "true"), "b64"},
		"compressed":                   {with("zip", `"DEF"`), "compressed"},
		"encrypted in three parts":     {with("enc", `"A256GCM"`), "encrypted"},
		"a JWE":                        {encode(`{"alg":"dir","enc":"A256GCM"}`) + "..aaaa.aaaa.aaaa", noParts},
		"a nested token":               {made(key, "RS256", head("RS256", "cty", `"JWT"`), plain), "another token"},
		"a nested token, in words":     {made(key, "RS256", head("RS256", "cty", `"application/jwt"`), claims()), "another token"},
		"a nested token, unannounced":  {made(key, "RS256", head("RS256"), plain), noObject},
		"cty of null":                  {with("cty", "null"), noObject},
		"a giant kid":                  {with("kid", `"`+strings.Repeat("k", 257)+`"`), "kid is longer"},
		"kid of a number":              {with("kid", "1"), noObject},
		"kid of null":                  {with("kid", "null"), noObject},
		"kid of an object":             {with("kid", `{"$ne":1}`), noObject},
		"a DPoP proof":                 {with("typ", `"dpop+jwt"`), "typ"},
		"a security event":             {with("typ", `"secevent+jwt"`), "typ"},
		"a logout token":               {with("typ", `"logout+jwt"`), "typ"},
		"a signed request":             {with("typ", `"application/oauth-authz-req+jwt"`), "typ"},
		"a typ under application/x/":   {with("typ", `"application/x/jwt"`), "typ"},
		"an empty typ":                 {with("typ", `""`), "typ is empty"},
		"a typ of application/":        {with("typ", `"application/"`), "typ is empty"},
		"a typ of null":                {with("typ", "null"), noObject},
		"a typ of a list":              {with("typ", `["JWT"]`), noObject},
	})
}

func TestKeysThatComeWithATokenAreNotUsed(t *testing.T) {
	p := private()
	jwk := func(public *big.Int) string {
		return `{"kty":"RSA","alg":"RS256","kid":"k","e":"AQAB","n":"` + encode(public.Bytes()) + `"}`
	}
	certificate := `["` + base64.StdEncoding.EncodeToString(must(x509.MarshalPKIXPublicKey(&p.stranger.PublicKey))) + `"]`
	v := verifier(settings("RS256"), everyKey())
	for name, member := range map[string][]string{
		"jwk": {"jwk", jwk(p.stranger.N)},
		"jku": {"jku", `"https://stranger.example/jwks"`},
		"x5u": {"x5u", `"https://stranger.example/x5u"`},
		"x5c": {"x5c", certificate, "x5t", `"aaaa"`},
		"kid": {"kid", `"../../../../dev/null"`},
		"all": {"jwk", jwk(p.stranger.N), "jku", `"https://stranger.example/jwks"`, "x5c", certificate, "kid", `"k"`},
	} {
		t.Run(name, func(t *testing.T) {
			header := head("RS256", member...)
			refuses(t, v, made(p.stranger, "RS256", header, claims()), credential.ErrInvalid, noKey)
			takes(t, v, made(p.rsa, "RS256", header, claims()))
		})
	}
}

func TestWhatCouldBeReadInTwoWaysIsRefused(t *testing.T) {
	key := private().rsa
	good := made(key, "RS256", head("RS256"), claims())
	parts := strings.Split(good, ".")
	payload := func(text string) string { return made(key, "RS256", head("RS256"), text) }
	header := func(text string) string { return made(key, "RS256", text, claims()) }
	claimed := strings.TrimSuffix(claims(), "}")
	nested := func(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }
	refusesAll(t, everyKey(), []string{"RS256"}, map[string]attack{
		"alg twice":                         {header(`{"alg":"none","alg":"RS256"}`), noObject},
		"alg twice, once escaped":           {header(`{"alg":"RS256","\u0061lg":"none"}`), noObject},
		"a key twice in a header's object":  {header(`{"alg":"RS256","jwk":{"kty":"RSA","kty":"oct"}}`), noObject},
		"a member twice that nobody knows":  {header(`{"alg":"RS256","x":1,"x":2}`), noObject},
		"sub twice":                         {payload(claimed + `,"sub":"8"}`), noObject},
		"sub twice, once escaped":           {payload(claimed + `,"s\u0075b":"8"}`), noObject},
		"a claim twice, deep inside":        {payload(claimed + `,"a":[{"b":{"c":1,"c":1}}]}`), noObject},
		"a payload nested too deeply":       {payload(claims("a", nested(32))), "too deeply"},
		"a header nested too deeply":        {header(head("RS256", "a", nested(32))), "too deeply"},
		"two payloads":                      {payload(claims() + claims()), noObject},
		"a payload that ends early":         {payload(claimed), noObject},
		"a payload of null":                 {payload("null"), noObject},
		"a payload of a list":               {payload("[" + claims() + "]"), noObject},
		"a payload of nothing":              {payload(""), noObject},
		"a header of null":                  {header("null"), noObject},
		"a header of nothing":               {"." + parts[1] + "." + parts[2], noObject},
		"text that is not UTF-8":            {payload(claims("sub", "\"\xff\"")), noObject},
		"half a character":                  {payload(claims("sub", `"\ud800"`)), noObject},
		"a byte order mark":                 {payload("\ufeff" + claims()), noObject},
		"a comment":                         {payload("/**/" + claims()), noObject},
		"padding":                           {parts[0] + "." + parts[1] + "." + parts[2] + "==", noBase64},
		"padding of the header":             {encode("{} ") + "=." + parts[1] + "." + parts[2], noBase64},
		"bits that no byte needs":           {trailing(good), noBase64},
		"the alphabet with plus":            {parts[0] + "." + parts[1] + ".+" + parts[2][1:], noBase64},
		"the alphabet with a slash":         {parts[0] + "." + parts[1] + "./" + parts[2][1:], noBase64},
		"a line end in the signature":       {parts[0] + "." + parts[1] + "." + parts[2][:4] + "\n" + parts[2][4:], noBase64},
		"a line end in the header":          {parts[0][:4] + "\r\n" + good[4:], noBase64},
		"a line end in the payload":         {parts[0] + ".\r" + parts[1] + "." + parts[2], noBase64},
		"a space before":                    {" " + good, noBase64},
		"a space after":                     {good + " ", noBase64},
		"a line end after":                  {good + "\n", noBase64},
		"a zero byte after":                 {good + "\x00", noBase64},
		"a fourth part":                     {good + ".aaaa", noParts},
		"a fourth part of nothing":          {good + ".", noParts},
		"two parts":                         {parts[0] + "." + parts[1], noParts},
		"one part":                          {parts[0], noParts},
		"nothing":                           {"", noParts},
		"dots":                              {"..", noObject},
		"the JSON serialization":            {`{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`, noParts},
		"a token that is good, but too big": {payload(claims("a", `"`+strings.Repeat("a", 8<<10)+`"`)), "longer than 8 KiB"},
		"a megabyte":                        {strings.Repeat("a.", 1<<19), "longer than 8 KiB"},
		"the word Bearer":                   {"Bearer " + good, noBase64},
	})
	takes(t, verifier(settings("RS256"), everyKey()), payload(claims("a", nested(31))))
}

// trailing changes the bits of the last character that no byte needs: an RSA signature of 256 bytes leaves four.
func trailing(text string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, text[len(text)-1])
	return text[:len(text)-1] + string(alphabet[last+1])
}

func TestClaimsAreNotGuessedAt(t *testing.T) {
	key := private().rsa
	with := func(changes ...string) string { return made(key, "RS256", head("RS256"), claims(changes...)) }
	refusesAll(t, everyKey(), []string{"RS256"}, map[string]attack{
		"another issuer":                {with("iss", `"https://stranger.example"`), "nobody who is known"},
		"an issuer that looks the same": {with("iss", `"https://issuer.example/"`), "nobody who is known"},
		"an issuer in another case":     {with("iss", `"https://Issuer.example"`), "nobody who is known"},
		"an issuer, and more":           {with("iss", `"https://issuer.example\u0000"`), "nobody who is known"},
		"no issuer":                     {with("iss", ""), "nobody who is known"},
		"an issuer in a list":           {with("iss", `["https://issuer.example"]`), "must be a string"},
		"an issuer of null":             {with("iss", "null"), "must be a string"},
		"another audience":              {with("aud", `"https://other.example"`), "somebody else"},
		"part of the audience":          {with("aud", `"https://gateway"`), "somebody else"},
		"more than the audience":        {with("aud", `"https://gateway.example https://other.example"`), "somebody else"},
		"other audiences":               {with("aud", `["a","b"]`), "somebody else"},
		"no audience in the list":       {with("aud", `[]`), "somebody else"},
		"no audience":                   {with("aud", ""), "neither a string nor a list"},
		"an audience of null":           {with("aud", "null"), "neither a string nor a list"},
		"an audience of an object":      {with("aud", `{"https://gateway.example":1}`), "neither a string nor a list"},
		"an audience beside a number":   {with("aud", `["https://gateway.example",1]`), "neither a string nor a list"},
		"an audience beside null":       {with("aud", `["https://gateway.example",null]`), "neither a string nor a list"},
		"no exp":                        {with("exp", ""), "no exp"},
		"exp of null":                   {with("exp", "null"), "not a number"},
		"exp of a string":               {with("exp", `"9999999999"`), "not a number"},
		"exp of a date":                 {with("exp", `"2999-01-01T00:00:00Z"`), "not a number"},
		"exp of true":                   {with("exp", "true"), "not a number"},
		"exp below zero":                {with("exp", "-1"), "before 1970"},
		"exp after all time":            {with("exp", "253402300800"), "after 9999"},
		"exp of infinity":               {with("exp", "1e400"), "after 9999"},
		"exp of milliseconds":           {with("exp", seconds(time.Hour)+"000"), "after 9999"},
		"exp of a list":                 {with("exp", "[9999999999]"), "not a number"},
		"Exp in another case":           {with("exp", "", "Exp", "9999999999"), "no exp"},
		"nbf in the future":             {with("nbf", seconds(time.Minute)), "not good yet"},
		"nbf of a string":               {with("nbf", `"0"`), "not a number"},
		"nbf of null":                   {with("nbf", "null"), "not a number"},
		"iat in the future":             {with("iat", seconds(time.Minute)), "issued in the future"},
		"iat of a string":               {with("iat", `"0"`), "not a number"},
		"no sub":                        {with("sub", ""), "names nobody"},
		"an empty sub":                  {with("sub", `""`), "names nobody"},
		"sub of null":                   {with("sub", "null"), "must be a string"},
		"sub of an object":              {with("sub", `{"id":"7"}`), "must be a string"},
		"sub of a list":                 {with("sub", `["7"]`), "must be a string"},
		"sub of true":                   {with("sub", "true"), "must be a string"},
		"sub of a fraction":             {with("sub", "7.5"), "no integer"},
		"sub of a power":                {with("sub", "7e2"), "no integer"},
		"sub below zero":                {with("sub", "-7"), "no integer"},
		"sub of a giant number":         {with("sub", strings.Repeat("7", 257)), "no integer"},
		"sub with a line end":           {with("sub", `"7\nadmin"`), "control characters"},
		"sub with a zero byte":          {with("sub", `"7\u0000"`), "control characters"},
		"a giant sub":                   {with("sub", `"`+strings.Repeat("7", 257)+`"`), "too long"},
		"jti of a number":               {with("jti", "7"), "must be a string"},
		"jti with a line end":           {with("jti", `"7\n"`), "control characters"},
		"a giant jti":                   {with("jti", `"`+strings.Repeat("7", 257)+`"`), "too long"},
		"scope of an object":            {with("scope", `{"users:read":true}`), "neither a string nor a list"},
		"scope of null":                 {with("scope", "null"), "neither a string nor a list"},
		"scope of lists":                {with("scope", `[["users:read"]]`), "neither a string nor a list"},
		"more scopes than anybody has":  {with("scope", `"`+strings.Repeat("a ", 257)+`"`), "more than 256"},
		"a number that nothing holds":   {with("a", "1e400"), "too large"},
	})
}

func TestNobodyLearnsFromAForgeryThatItHasExpired(t *testing.T) {
	v := verifier(settings("RS256"), everyKey())
	old := claims("exp", seconds(-time.Hour))
	refuses(t, v, made(private().rsa, "RS256", head("RS256"), old), credential.ErrExpired, "")
	refuses(t, v, made(private().stranger, "RS256", head("RS256"), old), credential.ErrInvalid, noKey)
	other := claims("exp", seconds(-time.Hour), "aud", `"https://other.example"`)
	refuses(t, v, made(private().rsa, "RS256", head("RS256"), other), credential.ErrInvalid, "somebody else")
}

func TestAtMostEightKeysAreTried(t *testing.T) {
	p := private()
	text := made(p.rsa, "RS256", head("RS256"), claims())
	for others, taken := range map[int]bool{7: true, 8: false} {
		var source ring
		for range others {
			source = append(source, &p.stranger.PublicKey)
		}
		v := verifier(settings("RS256"), append(source, &p.rsa.PublicKey))
		if taken {
			takes(t, v, text)
			continue
		}
		refuses(t, v, text, credential.ErrInvalid, noKey)
	}
}
