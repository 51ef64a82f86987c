package token_test

import "testing"

// What a token costs that was not seen before.
func BenchmarkVerify(b *testing.B) {
	p := private()
	payload := claims("jti", `"0b9c1f6e"`, "iat", seconds(0), "scope", `"users:read users:pii orders:read payments:read"`)
	for algorithm, key := range map[string]any{"RS256": p.rsa, "ES256": p.p256, "HS256": secretText} {
		b.Run(algorithm, func(b *testing.B) {
			v := verifier(settings(algorithm), append(everyKey()[:2], []byte(secretText)))
			text := made(key, algorithm, head(algorithm, "kid", `"k1"`, "typ", `"at+jwt"`), payload)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(b.Context(), text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("forged", func(b *testing.B) {
		v := verifier(settings("RS256"), everyKey()[:1])
		text := made(p.stranger, "RS256", head("RS256"), payload)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := v.Verify(b.Context(), text); err == nil {
				b.Fatal("it was taken")
			}
		}
	})
}
