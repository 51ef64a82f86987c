package listening_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/listening"
)

func TestSettingsThatCannotWorkAreReportedByPath(t *testing.T) {
	a := newAuthority(t)
	files := a.issue(t, elliptic256(t), []string{"shop.example"}).into(t, t.TempDir())
	other := a.issue(t, elliptic256(t), []string{"shop.example"}).into(t, t.TempDir())
	with := func(certificates ...listening.Certificate) func(*listening.Config) {
		return func(c *listening.Config) { c.Certificates = certificates }
	}
	acme := func(c *listening.Config) {
		c.ACME.Domains, c.ACME.AgreeToTerms, c.ACME.Storage = []string{"shop.example"}, true, "acme"
	}
	for name, each := range map[string]struct {
		edits []func(*listening.Config)
		want  []string
	}{
		"nothing":               {nil, nil},
		"a pair":                {[]func(*listening.Config){with(files)}, nil},
		"only a certificate":    {[]func(*listening.Config){with(listening.Certificate{Cert: files.Cert})}, []string{"certificates[0].key"}},
		"only a key":            {[]func(*listening.Config){with(listening.Certificate{Key: files.Key})}, []string{"certificates[0].cert"}},
		"the key of another":    {[]func(*listening.Config){with(files, listening.Certificate{Cert: files.Cert, Key: other.Key})}, []string{"certificates[1].cert"}},
		"swapped":               {[]func(*listening.Config){with(listening.Certificate{Cert: files.Key, Key: files.Cert})}, []string{"certificates[0].cert"}},
		"a folder":              {[]func(*listening.Config){with(listening.Certificate{Cert: t.TempDir(), Key: files.Key})}, []string{"certificates[0].cert"}},
		"no such files":         {[]func(*listening.Config){with(listening.Certificate{Cert: "none", Key: "none"})}, []string{"certificates[0].cert", "certificates[0].key"}},
		"no OCSP answer":        {[]func(*listening.Config){with(listening.Certificate{Cert: files.Cert, Key: files.Key, OCSP: files.Cert})}, []string{"certificates[0].ocsp"}},
		"clients":               {[]func(*listening.Config){with(files), func(c *listening.Config) { c.ClientCA, c.ClientRequired = files.Cert, true }}, nil},
		"clients without TLS":   {[]func(*listening.Config){func(c *listening.Config) { c.ClientCA = files.Cert }}, []string{"client_ca"}},
		"clients of nobody":     {[]func(*listening.Config){with(files), func(c *listening.Config) { c.ClientRequired = true }}, []string{"client_required"}},
		"clients of a key":      {[]func(*listening.Config){with(files), func(c *listening.Config) { c.ClientCA = files.Key }}, []string{"client_ca"}},
		"clients of no file":    {[]func(*listening.Config){with(files), func(c *listening.Config) { c.ClientCA = "none" }}, []string{"client_ca"}},
		"other names":           {[]func(*listening.Config){func(c *listening.Config) { c.UnknownNames = "any" }}, []string{"unknown_names"}},
		"an old version":        {[]func(*listening.Config){func(c *listening.Config) { c.MinVersion = "1.1" }}, []string{"min_version"}},
		"a late warning":        {[]func(*listening.Config){func(c *listening.Config) { c.WarnBefore = -1 }}, []string{"warn_before"}},
		"a redirect to nothing": {[]func(*listening.Config){func(c *listening.Config) { c.Redirect.Listen = ":80" }}, []string{"redirect.listen"}},
		"a redirect on no port": {[]func(*listening.Config){with(files), func(c *listening.Config) { c.Redirect.Listen = "80" }}, []string{"redirect.listen"}},
		"a redirect to no port": {[]func(*listening.Config){func(c *listening.Config) { c.Redirect.Port = 0 }}, []string{"redirect.port"}},
		"an age of less":        {[]func(*listening.Config){func(c *listening.Config) { c.HSTS.MaxAge = -1 }}, []string{"hsts.max_age"}},
		"a list for this alone": {[]func(*listening.Config){func(c *listening.Config) { c.HSTS.Preload = true }}, []string{"hsts.preload"}},
		"a list for a day": {[]func(*listening.Config){func(c *listening.Config) {
			c.HSTS = listening.HSTS{MaxAge: 24 * time.Hour, IncludeSubdomains: true, Preload: true}
		}}, []string{"hsts.preload"}},
		"an authority":           {[]func(*listening.Config){acme, func(c *listening.Config) { c.Redirect.Listen, c.ClientCA = ":80", files.Cert }}, nil},
		"an authority's terms":   {[]func(*listening.Config){acme, func(c *listening.Config) { c.ACME.AgreeToTerms = false }}, []string{"acme.agree_to_terms"}},
		"no storage":             {[]func(*listening.Config){acme, func(c *listening.Config) { c.ACME.Storage = "" }}, []string{"acme.storage"}},
		"a directory in clear":   {[]func(*listening.Config){acme, func(c *listening.Config) { c.ACME.Directory = "http://ca.example" }}, []string{"acme.directory"}},
		"no roots":               {[]func(*listening.Config){acme, func(c *listening.Config) { c.ACME.CAFile = files.Key }}, []string{"acme.ca_file"}},
		"half an account":        {[]func(*listening.Config){acme, func(c *listening.Config) { c.ACME.External.ID = "a" }}, []string{"acme.external_account"}},
		"an account's odd key":   {[]func(*listening.Config){acme, func(c *listening.Config) { c.ACME.External.ID, c.ACME.External.Key = "a", "+/" }}, []string{"acme.external_account.key"}},
		"checks without a pause": {[]func(*listening.Config){acme, func(c *listening.Config) { c.ACME.CheckEvery = 0 }}, []string{"acme.check_every"}},
		"odd domains": {[]func(*listening.Config){acme, func(c *listening.Config) {
			c.ACME.Domains = []string{"shop.example", "*.shop.example", "Shop.example", "localhost", "a..b", "-a.b", "shop.example", "192.0.2.1:80"}
		}}, []string{"acme.domains[1]", "acme.domains[2]", "acme.domains[3]", "acme.domains[4]", "acme.domains[5]", "acme.domains[6]", "acme.domains[7]"}},
	} {
		c := listening.DefaultConfig()
		for _, edit := range each.edits {
			edit(&c)
		}
		var got []string
		c.Validate(func(path, _ string) { got = append(got, path) })
		slices.Sort(got)
		if diff := cmp.Diff(each.want, got); diff != "" {
			t.Errorf("%s: want -, got +:\n%s", name, diff)
		}
	}
}
