package introspection_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/introspection"
)

func TestConfigReportsWhatCannotWork(t *testing.T) {
	type config = introspection.Config
	tests := map[string]struct {
		change func(*config)
		want   []string
	}{
		"an endpoint":                  {func(*config) {}, nil},
		"http to this machine":         {func(c *config) { c.URL = "http://127.0.0.2:4444/introspect" }, nil},
		"http to this machine by name": {func(c *config) { c.URL = "http://localhost:4444/introspect" }, nil},
		"http to this machine by IPv6": {func(c *config) { c.URL = "http://[::1]/introspect" }, nil},
		"http to another host":         {func(c *config) { c.URL = "http://issuer.example/introspect" }, []string{"url"}},
		"http to a name like ours":     {func(c *config) { c.URL = "http://localhost.example/introspect" }, []string{"url"}},
		"http that is allowed":         {func(c *config) { c.URL, c.Insecure = "http://issuer.example/introspect", true }, nil},
		"another scheme":               {func(c *config) { c.URL = "ftp://issuer.example" }, []string{"url"}},
		"no scheme":                    {func(c *config) { c.URL = "issuer.example/introspect" }, []string{"url"}},
		"no host":                      {func(c *config) { c.URL = "https:///introspect" }, []string{"url"}},
		"no URL":                       {func(c *config) { c.URL = "https://issuer.example:port" }, []string{"url"}},
		"a password in the URL":        {func(c *config) { c.URL = "https://a:b@issuer.example" }, []string{"url"}},
		"a query":                      {func(c *config) { c.URL = "https://issuer.example/?key=b" }, []string{"url"}},
		"a fragment":                   {func(c *config) { c.URL = "https://issuer.example/#b" }, []string{"url"}},
		"no client":                    {func(c *config) { c.ClientID, c.ClientSecret = "", "" }, nil},
		"no secret":                    {func(c *config) { c.ClientSecret = "" }, []string{"client_secret"}},
		"a secret alone":               {func(c *config) { c.ClientID = "" }, []string{"client_id"}},
		"an empty audience":            {func(c *config) { c.Audience = []string{"a", ""} }, []string{"audience[1]"}},
		"a plan without a name":        {func(c *config) { c.Plan = []string{"plan", ""} }, []string{"plan[1]"}},
		"a client without a name":      {func(c *config) { c.Client = []string{""} }, []string{"client[0]"}},
		"a tenant without a name":      {func(c *config) { c.Tenant = []string{""} }, []string{"tenant[0]"}},
		"no plan and no client":        {func(c *config) { c.Plan, c.Client = nil, nil }, nil},
		"no subject":                   {func(c *config) { c.Subject = "" }, []string{"subject"}},
		"a subject that many share":    {func(c *config) { c.Subject = "iss" }, []string{"subject"}},
		"a prefix with a line feed":    {func(c *config) { c.SubjectPrefix = "a\n" }, []string{"subject_prefix"}},
		"a long prefix":                {func(c *config) { c.SubjectPrefix = strings.Repeat("a", 257) }, []string{"subject_prefix"}},
		"too many and too long": {func(c *config) {
			c.Timeout, c.Remember, c.RememberRefused, c.MaxTokens, c.Concurrency = time.Hour, 2*time.Hour, time.Hour, 1e7, 1e5
		}, []string{"timeout", "remember", "remember_refused", "max_tokens", "concurrency"}},
		"too few and too short": {func(c *config) {
			c.Timeout, c.Remember, c.RememberRefused, c.MaxTokens, c.Concurrency = 0, -1, -1, 0, 0
		}, []string{"timeout", "remember", "remember_refused", "max_tokens", "concurrency"}},
		"off":                             {func(c *config) { *c = introspection.DefaultConfig() }, nil},
		"off without any setting":         {func(c *config) { *c = introspection.Config{} }, nil},
		"off and yet told whose to trust": {func(c *config) { c.URL = "" }, []string{"url"}},
		"off and yet told of plans":       {func(c *config) { *c = config{Plan: []string{"plan"}} }, []string{"url"}},
		"off and yet told of tenants":     {func(c *config) { *c = config{Tenant: []string{"org"}} }, []string{"url"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := settings()
			tt.change(&c)
			var got []string
			c.Validate(func(path, _ string) { got = append(got, path) })
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			_, err := introspection.New(c, nil, nil, nil)
			if (err == nil) != (tt.want == nil && c.Enabled()) {
				t.Errorf("New: %v", err)
			}
		})
	}
}
