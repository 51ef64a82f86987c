package passport_test

import (
	"strconv"
	"testing"

	"github.com/concierge-gateway/concierge/auth/passport"
)

// What a passport costs the first time and when it is remembered: the reason for remembering.
func BenchmarkToken(b *testing.B) {
	for algorithm, file := range map[string]string{"ES256": pkcs8(b, p256(b)), "EdDSA": pkcs8(b, edwards(b))} {
		b.Run(algorithm+"/miss", func(b *testing.B) {
			b.ReportAllocs()
			s, _ := signer(b, settings(file))
			bearer := somebody()
			for i := 0; b.Loop(); i++ {
				bearer.ID = strconv.Itoa(i)
				token(b, s, bearer, audience)
			}
		})
		b.Run(algorithm+"/hit", func(b *testing.B) {
			b.ReportAllocs()
			s, _ := signer(b, settings(file))
			bearer := somebody()
			for b.Loop() {
				token(b, s, bearer, audience)
			}
		})
		b.Run(algorithm+"/hits at once", func(b *testing.B) {
			b.ReportAllocs()
			s, _ := signer(b, settings(file))
			b.RunParallel(func(p *testing.PB) {
				bearer := passport.Bearer{Subject: "7", Scopes: []string{"orders:read"}}
				for p.Next() {
					token(b, s, bearer, audience)
				}
			})
		})
	}
}
