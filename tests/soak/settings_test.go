package soak

import (
	"fmt"
	"strings"

	"github.com/concierge-gateway/concierge/demo"
)

// settings is the configuration of an instance: the demo's routes and services behind TLS, with Redis, and an issuer's keys. Each turn has
// other settings: some of requests alone, some that build the services' transports anew, some that empty caches.
func (s *site) settings(i *instance, turn int) string {
	pick := func(of ...string) string { return of[turn%len(of)] }
	_, services, _ := strings.Cut(string(demo.Gateway), "\nrest:\n")
	services = strings.Replace(services, "retry: {idempotency_keys: true}",
		"retry: {idempotency_keys: true}\n    timeouts: {total: "+pick("15s", "15s", "15s", "15s", "16s")+"}", 1)
	services = strings.Replace(services, "health: {path: /healthz}", "health: {path: /healthz, interval: 1s}", 1)
	return fmt.Sprintf(`server:
  listen: %[1]s
  max_body: %[8]s
  tls: {certificates: [{cert: %[3]s/cert.pem, key: %[3]s/key.pem}]}
  timeouts: {drain_delay: 1500ms, drain: 20s}
admin: {listen: "%[2]s"}
graphql:
  timeout: 20s
  batching: {enabled: true}
  plans: {enabled: %[9]s}
auth:
  anonymous: true
  issuers:
    - issuer: %[4]s
      audience: [%[5]s]
      algorithms: [EdDSA]
      keys: {jwks: "%[6]s", refresh: 1s, unknown_every: 1s}
limits:
  rules: [{name: address, by: ip, limit: 10000000, per: 1m}, {name: caller, by: principal, limit: %[10]s, per: 1m}]
redis: {addresses: ["%[7]s"]}
cache:
  memory: 16MiB
  max_age: %[11]s
  redis: {enabled: true, timeout: 1s}
rest:
`, i.public, i.admin, s.folder, issuerName, audience, s.issuer.url, s.redisAddress,
		pick("1MiB", "2MiB", "1MiB"), pick("true", "true", "true", "false"), pick("1000000", "2000000"), pick("5m", "5m", "1m")) + services
}
