package keys

import (
	"context"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
)

// source is where the keys of an issuer are called for.
type source struct {
	client   *http.Client
	issuer   string
	jwks     string // empty where it is discovered
	insecure bool
}

func newSource(cfg Config, issuer string, client *http.Client) *source {
	if client == nil {
		client = newClient()
	}
	return &source{client: staying(client), issuer: issuer, jwks: cfg.JWKS, insecure: cfg.Insecure}
}

// read gets all keys that tokens can be verified with, at least one. Its errors are failures.
func (s *source) read(ctx context.Context) ([]Key, error) {
	url, err := s.keySet(ctx)
	if err != nil {
		return nil, err
	}
	body, err := get(ctx, s.client, url)
	if err != nil {
		return nil, err
	}
	keys, err := parseKeySet(body)
	if err != nil {
		return nil, fail(unusable, "read the key set: %w", err)
	}
	return keys, nil
}

// keySet is the URL of the key set. A discovered one is looked up each time: an issuer may move it.
func (s *source) keySet(ctx context.Context) (string, error) {
	if s.jwks != "" {
		return s.jwks, nil
	}
	body, err := get(ctx, s.client, strings.TrimSuffix(s.issuer, "/")+"/.well-known/openid-configuration")
	if err != nil {
		return "", err
	}
	var document struct {
		Issuer string `json:"issuer"`
		JWKS   string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return "", fail(unusable, "the discovery document is no JSON that names an issuer and a key set")
	}
	if document.Issuer != s.issuer { // one issuer could speak for another (OpenID Connect Discovery 1.0, section 4.3)
		return "", fail(unusable, "the discovery document is that of another issuer")
	}
	if message := urlMistake(document.JWKS, s.insecure); message != "" {
		return "", fail(unusable, "the discovery document's jwks_uri %s", message)
	}
	return document.JWKS, nil
}
