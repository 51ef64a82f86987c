package tests

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"maps"
	"strings"
	"time"
)

// attacks are tokens that must not be taken, by what would go wrong otherwise.
func attacks(set, discovered, stranger *issuer) map[string]string {
	all := make(map[string]string)
	for _, each := range []func(set, discovered, stranger *issuer) map[string]string{unsigned, confused, keysOfTheirOwn, wrongClaims, ambiguous} {
		maps.Copy(all, each(set, discovered, stranger))
	}
	return all
}

// unsigned are tokens that say that they need no signature.
func unsigned(set, discovered, _ *issuer) map[string]string {
	all := make(map[string]string)
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "", "none ", "HS256 ", "hs256"} {
		for _, iss := range []string{ownIssuer, set.URL, discovered.URL, "https://nobody.example", ""} {
			head := part(members{"alg": alg, "typ": "JWT"}) + "." + part(usual(members{"iss": iss}))
			all[fmt.Sprintf("alg %q of %s", alg, iss)] = head + "."
			all[fmt.Sprintf("alg %q of %s with some signature", alg, iss)] = head + "." + part("signature")
		}
	}
	all["no alg"] = part(members{"typ": "JWT"}) + "." + part(usual(members{"iss": ownIssuer})) + "."
	all["a good token without its signature"] = own(nil)[:strings.LastIndexByte(own(nil), '.')+1]
	return all
}

// confused are tokens whose public key is taken for a secret, or one issuer's key for another's.
func confused(set, discovered, _ *issuer) map[string]string {
	public := &newRSA()[0].PublicKey
	pkix, _ := x509.MarshalPKIXPublicKey(public)
	all := map[string]string{
		"a secret for a key set":            hs256(ownSecret, members{"alg": "HS256", "kid": "first"}, usual(members{"iss": set.URL})),
		"a secret for RS256":                hs256(ownSecret, members{"alg": "RS256", "kid": "first"}, usual(members{"iss": set.URL})),
		"a key set for a secret":            rs256(newRSA()[0], members{"alg": "RS256", "kid": "first"}, usual(members{"iss": ownIssuer})),
		"a key set for a secret, as HS256":  rs256(newRSA()[0], members{"alg": "HS256", "kid": "first"}, usual(members{"iss": ownIssuer})),
		"RS256 that says PS256":             rs256(newRSA()[0], members{"alg": "PS256", "kid": "first"}, usual(members{"iss": set.URL})),
		"RS256 that says ES256":             rs256(newRSA()[0], members{"alg": "ES256", "kid": "first"}, usual(members{"iss": set.URL})),
		"RS512 that no list has":            rs256(newRSA()[0], members{"alg": "RS512", "kid": "first"}, usual(members{"iss": set.URL})),
		"an empty secret":                   hs256("", members{"alg": "HS256"}, usual(members{"iss": ownIssuer})),
		"a secret of the demo":              hs256("concierge-development-secret-do-not-deploy", members{"alg": "HS256"}, usual(members{"iss": ownIssuer})),
		"the secret of the other tests":     hs256("the-secret-of-the-tests-is-no-secret-at-all", members{"alg": "HS256"}, usual(members{"iss": ownIssuer})),
		"a good signature of other claims":  own(nil)[:strings.LastIndexByte(own(nil), '.')] + own(members{"sub": "1"})[strings.LastIndexByte(own(members{"sub": "1"}), '.'):],
		"a key that no set has":             rs256(newRSA()[1], members{"alg": "RS256", "kid": "first"}, usual(members{"iss": set.URL})),
		"a key that no set has, discovered": rs256(newRSA()[1], members{"alg": "RS256", "kid": "first"}, usual(members{"iss": discovered.URL})),
	}
	for form, secret := range map[string]string{
		"PKIX": string(pkix), "PKCS #1": string(x509.MarshalPKCS1PublicKey(public)), "modulus": string(public.N.Bytes()),
		"PEM":          string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix})),
		"PEM, PKCS #1": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(public)})),
		"JWK":          fmt.Sprint(publicKey{"first", newRSA()[0]}.jwk()["n"]),
	} {
		all["a public key for a secret, as "+form] = hs256(secret, members{"alg": "HS256", "kid": "first"}, usual(members{"iss": set.URL}))
	}
	return all
}

// keysOfTheirOwn are tokens that bring a key, or lead to one, and those that want to be read in another way.
func keysOfTheirOwn(set, _, stranger *issuer) map[string]string {
	foreign := publicKey{"first", newRSA()[1]}
	der, _ := x509.MarshalPKIXPublicKey(&foreign.private.PublicKey)
	chain := []string{base64.StdEncoding.EncodeToString(der)}
	all := make(map[string]string)
	for name, header := range map[string]members{
		"jwk": {"jwk": foreign.jwk()}, "jku": {"jku": stranger.URL + "/keys"}, "x5u": {"x5u": stranger.URL + "/chain"}, "x5c": {"x5c": chain, "x5t": "AAAA"},
		"all of them":      {"jwk": foreign.jwk(), "jku": stranger.URL, "x5u": stranger.URL, "x5c": chain, "kid": "first"},
		"kid as a path":    {"kid": "../../../../dev/null"},
		"kid as a URL":     {"kid": stranger.URL + "/keys"},
		"kid as a query":   {"kid": "' UNION SELECT 'secret"},
		"a giant kid":      {"kid": strings.Repeat("k", 4000)},
		"kid of a number":  {"kid": 7},
		"an unknown kid":   {"kid": "of-nobody"},
		"unknown criteria": {"crit": []string{"https://example.com/stop"}, "https://example.com/stop": true, "kid": "first"},
		"crit of exp":      {"crit": []string{"exp"}},
		"no criteria":      {"crit": []string{}},
		"b64":              {"b64": false, "crit": []string{"b64"}},
		"zip":              {"zip": "DEF"},
		"cty":              {"cty": "JWT"},
		"a proof":          {"typ": "dpop+jwt"},
		"a logout":         {"typ": "logout+jwt"},
	} {
		header["alg"] = "RS256"
		all[name+", by a stranger"] = rs256(newRSA()[1], header, usual(members{"iss": set.URL}))
		if header["crit"] != nil || header["b64"] != nil || header["zip"] != nil || header["cty"] != nil || header["typ"] != nil || name == "a giant kid" || name == "kid of a number" {
			all[name+", by its issuer"] = rs256(newRSA()[0], header, usual(members{"iss": set.URL}))
		}
		secret := members{"alg": "HS256"}
		for each, value := range header {
			if each != "alg" {
				secret[each] = value
			}
		}
		all[name+", by no secret"] = hs256("\x00", secret, usual(members{"iss": ownIssuer}))
	}
	return all
}

// wrongClaims are tokens with a good signature that say what must not be taken.
func wrongClaims(set, discovered, _ *issuer) map[string]string {
	all, now := make(map[string]string), time.Now().Unix()
	for name, changed := range map[string]members{
		"expired": {"exp": now - 60}, "expired long ago": {"exp": 1}, "expired, in words": {"exp": "never"}, "no end": {"exp": nil}, "an end below zero": {"exp": -1},
		"not yet good": {"nbf": now + 600}, "issued tomorrow": {"iat": now + 86400}, "nbf in words": {"nbf": "now"}, "an infinite end": {"exp": 1e300},
		"another audience": {"aud": "https://other.example"}, "no audience": {"aud": nil}, "other audiences": {"aud": []string{"a", "b"}}, "audience in part": {"aud": "concierg"},
		"audience within": {"aud": "concierge.evil.example"}, "audience of numbers": {"aud": []int{1}}, "an empty audience": {"aud": ""},
		"no subject": {"sub": nil}, "an empty subject": {"sub": ""}, "a subject that ends with one": {"sub": "7\n"},
		"a list of subjects": {"sub": []string{"7"}}, "a long subject": {"sub": strings.Repeat("7", 300)}, "scopes without end": {"scope": strings.Repeat("a:b ", 400)},
	} {
		all[name+", of a secret"] = own(changed)
		changed["iss"] = set.URL
		all[name+", of a key set"] = rs256(newRSA()[0], members{"alg": "RS256", "kid": "first"}, usual(changed))
		changed["iss"] = discovered.URL
		all[name+", discovered"] = rs256(newRSA()[0], members{"alg": "RS256", "kid": "first"}, usual(changed))
	}
	all["a subject that a service would take for another"] = own(members{"sub": " 7"}) // behind the prefix of an issuer it is none
	for _, iss := range []any{"https://nobody.example", nil, "", ownIssuer + "/", strings.ToUpper(ownIssuer), " " + ownIssuer, []string{ownIssuer}, 7} {
		all[fmt.Sprintf("iss %v", iss)] = own(members{"iss": iss})
	}
	return all
}

// ambiguous are tokens that two could read in two ways.
func ambiguous(_, _, _ *issuer) map[string]string {
	good := own(nil)
	parts := strings.Split(good, ".")
	signed := func(header, payload string) string { return hs256(ownSecret, header, payload) }
	now := time.Now().Unix()
	payload := func(more string) string {
		return fmt.Sprintf(`{"iss":%q,"aud":"concierge","sub":"7","exp":%d,"iat":%d%s}`, ownIssuer, now+3600, now, more)
	}
	const header = `{"alg":"HS256"}`
	return map[string]string{
		"a subject twice":              signed(header, payload(`,"sub":"1"`)),
		"a subject twice, in disguise": signed(header, payload(`,"s\u0075b":"1"`)),
		"an end twice":                 signed(header, payload(`,"exp":9999999999`)),
		"scopes twice":                 signed(header, payload(`,"scope":"users:read","scope":"users:pii"`)),
		"a member twice, deep inside":  signed(header, payload(`,"x":{"y":[{"z":1,"z":2}]}`)),
		"alg twice":                    signed(`{"alg":"none","alg":"HS256"}`, payload("")),
		"alg twice, the other way":     signed(`{"alg":"HS256","alg":"none"}`, payload("")),
		"nested without end":           signed(header, payload(`,"x":`+strings.Repeat("[", 500)+strings.Repeat("]", 500))),
		"huge":                         own(members{"x": strings.Repeat("a", 9000)}),
		"a token within a token":       signed(`{"alg":"HS256","cty":"JWT"}`, good),
		"a token within, unannounced":  signed(header, good),
		"no object":                    signed(header, `"7"`),
		"two objects":                  signed(header, payload("")+payload("")),
		"encrypted":                    part(`{"alg":"dir","enc":"A128GCM"}`) + "." + parts[1] + "." + parts[2] + "." + parts[1] + "." + parts[2],
		"five parts":                   good + "." + parts[1] + "." + parts[2],
		"two parts":                    parts[0] + "." + parts[1],
		"with padding":                 parts[0] + "=." + parts[1] + "." + parts[2] + "==",
		"with another alphabet":        parts[0] + "." + parts[1] + ".+/" + parts[2][2:],
		"with a letter more":           good + "A",
		"in JSON":                      fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2]),
		"dots":                         "..",
	}
}
