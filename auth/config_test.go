package auth_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/certificate"
	"github.com/concierge-gateway/concierge/auth/revocation"
	"github.com/concierge-gateway/concierge/auth/token"
)

// changed are the defaults with something changed.
func changed(change func(c *auth.Config)) auth.Config {
	c := auth.DefaultConfig()
	change(&c)
	return c
}

func mistakes(c auth.Config) (paths []string, messages string) {
	var all strings.Builder
	c.Validate(func(path, message string) {
		paths = append(paths, path)
		all.WriteString(path + ": " + message + "\n")
	})
	return paths, all.String()
}

func TestConfigReportsWhatCannotWork(t *testing.T) {
	machine := certificate.Identity{DNS: "billing.example", Owner: "billing"}
	entry := apikey.Entry{ID: "a", Owner: "a", Hashes: []apikey.Hash{{SHA256: strings.Repeat("0", 64)}}}
	for name, tt := range map[string]struct {
		change func(c *auth.Config)
		want   []string
	}{
		"nothing":                 {func(c *auth.Config) {}, []string{"issuers"}},
		"anonymous callers alone": {func(c *auth.Config) { c.Anonymous = true }, nil},
		"an issuer":               {func(c *auth.Config) { *c = settings() }, nil},
		"keys alone":              {func(c *auth.Config) { c.APIKeys.Keys = []apikey.Entry{entry} }, nil},
		"a file of keys alone":    {func(c *auth.Config) { c.APIKeys.File = "keys.yml" }, nil},
		"introspection alone":     {func(c *auth.Config) { c.Introspection.URL = "https://idp.example/introspect" }, nil},
		"certificates alone":      {func(c *auth.Config) { c.Certificates.Identities = []certificate.Identity{machine} }, nil},
		"a list of revoked ones":  {func(c *auth.Config) { c.Revoked.File = "revoked.yml" }, []string{"issuers"}},
		"the demo's secret":       {func(c *auth.Config) { *c = settings(); c.Issuers[0].Keys.Secret = auth.DevelopmentSecret }, []string{"issuers[0].keys.secret"}},
		"the demo's, among mistakes": {func(c *auth.Config) {
			c.Issuers = []token.Config{{Keys: shared().Keys}}
			c.Issuers[0].Keys.Secret = auth.DevelopmentSecret
		}, []string{"issuers[0].keys.secret", "issuers[0].subject", "issuers[0].types"}},
		"the demo's, second": {func(c *auth.Config) {
			*c = settings()
			c.Issuers = append(c.Issuers, shared())
			c.Issuers[1].Keys.Secret = auth.DevelopmentSecret
		}, []string{"issuers[1].keys.secret"}},
		"a cookie without issuers": {func(c *auth.Config) { c.Anonymous, c.Cookie.Name = true, "token" }, []string{"cookie.name"}},
		"each part has a mistake": {func(c *auth.Config) {
			c.Issuers = []token.Config{shared()}
			c.Issuers[0].Leeway = time.Hour
			c.Cookie.Name, c.Cookie.Header = "a b", "Accept"
			c.APIKeys.Header, c.APIKeys.Keys = "Cookie", []apikey.Entry{{ID: "a", Owner: "a"}}
			c.Introspection.ClientID = "gateway"
			c.Certificates.Identities = []certificate.Identity{{DNS: "a"}}
			c.Revoked.Entries.Subjects = []revocation.Subject{{}}
			c.Passport.Key, c.Passport.Lifetime = "key.pem", time.Hour
		}, []string{
			"issuers[0].leeway", "cookie.name", "cookie.header", "api_keys.header", "api_keys.keys[0].hashes", "introspection.url",
			"certificates.identities[0].owner", "revoked.subjects[0].id", "passport.key", "passport.issuer", "passport.lifetime",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got, messages := mistakes(changed(tt.change))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s\n%s", diff, messages)
			}
			if strings.Contains(messages, auth.DevelopmentSecret) || strings.Contains(messages, secretText) {
				t.Error("a message shows a secret")
			}
		})
	}
}

// users are those of an issuer.
func users(name, prefix string) token.Config {
	c := shared()
	c.Issuer, c.SubjectPrefix = name, prefix
	return c
}

func TestUsersWhoCouldBeTakenForEachOtherAreReported(t *testing.T) {
	const a, b, d = "https://a.example", "https://b.example", "https://d.example"
	byClient := users(a, "")
	byClient.Subject = "client_id"
	asks := func(issuer, prefix string) func(c *auth.Config) {
		return func(c *auth.Config) {
			c.Introspection.URL, c.Introspection.Issuer, c.Introspection.SubjectPrefix = "https://a.example/introspect", issuer, prefix
		}
	}
	for name, tt := range map[string]struct {
		issuers []token.Config
		more    func(c *auth.Config)
		want    []string
	}{
		"one":                                 {[]token.Config{users(a, "")}, nil, nil},
		"two without a prefix":                {[]token.Config{users(a, ""), users(b, "")}, nil, []string{"issuers[1]"}},
		"one of two with a prefix":            {[]token.Config{users(a, ""), users(b, "b:")}, nil, nil},
		"the same prefix":                     {[]token.Config{users(a, "x:"), users(b, "x:")}, nil, []string{"issuers[1]"}},
		"a prefix that goes on after another": {[]token.Config{users(a, "a"), users(b, "a2")}, nil, []string{"issuers[1]"}},
		"and the other way":                   {[]token.Config{users(a, "a2"), users(b, "a")}, nil, []string{"issuers[1]"}},
		"shared on purpose":                   {[]token.Config{users(a, ""), users(b, "")}, func(c *auth.Config) { c.SharedSubjects = true }, nil},
		"one issuer for two audiences":        {[]token.Config{users(a, ""), users(a, "")}, nil, nil},
		"one issuer, by two claims":           {[]token.Config{users(a, ""), byClient}, nil, []string{"issuers[1]"}},
		"one issuer twice, then another's":    {[]token.Config{users(a, ""), users(b, "b:"), users(a, "b:")}, nil, []string{"issuers[2]"}},
		"two without a name":                  {[]token.Config{users("", ""), users("", "")}, nil, []string{"issuers[1]"}},
		"three alike":                         {[]token.Config{users(a, ""), users(b, ""), users(d, "")}, nil, []string{"issuers[1]", "issuers[2]"}},
		"introspection alone":                 {nil, asks("", ""), nil},
		"introspection of the same":           {[]token.Config{users(a, "")}, asks(a, ""), nil},
		"introspection of another":            {[]token.Config{users(a, "")}, asks(b, ""), []string{"introspection"}},
		"introspection of who knows whom":     {[]token.Config{users(a, "")}, asks("", ""), []string{"introspection"}},
		"introspection beside a nameless one": {[]token.Config{users("", "")}, asks("", ""), []string{"introspection"}},
		"introspection with a prefix":         {[]token.Config{users(a, "")}, asks(b, "b:"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, messages := mistakes(changed(func(c *auth.Config) {
				c.Issuers = tt.issuers
				if tt.more != nil {
					tt.more(c)
				}
			}))
			var want []string
			for _, at := range tt.want {
				want = append(want, at+".subject_prefix")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s\n%s", diff, messages)
			}
		})
	}
}

func TestPagesMayHaveToSendOurFields(t *testing.T) {
	c := auth.DefaultConfig()
	if got := c.Fields(); len(got) > 0 {
		t.Errorf("got %q", got)
	}
	c = settings()
	c.APIKeys.File = "keys.yml"
	if diff := cmp.Diff([]string{"X-API-Key", "X-Concierge-CSRF"}, c.Fields()); diff != "" {
		t.Error(diff)
	}
}

func TestAConfigurationThatIsWrongOpensNothing(t *testing.T) {
	short := settings()
	short.Issuers[0].Keys.Secret = "31 bytes are a bit too few here"
	for name, c := range map[string]auth.Config{
		"a secret that could be guessed": short,
		"no file of keys":                changed(func(c *auth.Config) { c.APIKeys.File = t.TempDir() + "/none" }),
		"no list of revoked ones":        changed(func(c *auth.Config) { c.Revoked.File = t.TempDir() + "/none" }),
		"introspection that cannot be":   changed(func(c *auth.Config) { c.Introspection.URL = "ftp://idp.example" }),
		"no key for passports":           changed(func(c *auth.Config) { c.Passport.Key, c.Passport.Issuer = t.TempDir()+"/none", "x" }),
	} {
		_, err := auth.New(c, nil, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
		if err == nil || strings.Contains(err.Error(), "31 bytes are") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
