package token_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"testing"
	"testing/synctest"
)

// The tokens of RFC 7515, appendices A.1 and A.3. They have no subject but their issuer, and a fake clock that begins before 2011,
// when they ended, finds them good.
func TestTheTokensOfTheRFCAreTaken(t *testing.T) {
	const payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	secret := must(base64.RawURLEncoding.DecodeString(
		"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"))
	point := must(base64.RawURLEncoding.DecodeString("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"))
	point = append([]byte{4}, append(point, must(base64.RawURLEncoding.DecodeString("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"))...)...)
	public := must(ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point))
	cfg := settings("HS256", "ES256")
	cfg.Issuer, cfg.Audience, cfg.Subject = "joe", nil, "iss"
	v := verifier(cfg, ring{secret, public})
	synctest.Test(t, func(t *testing.T) {
		for name, text := range map[string]string{
			"A.1": "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + payload + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
			"A.3": "eyJhbGciOiJFUzI1NiJ9." + payload + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
		} {
			if grant := takes(t, v, text); grant.Subject != "joe" {
				t.Errorf("%s names %q", name, grant.Subject)
			}
		}
	})
}
