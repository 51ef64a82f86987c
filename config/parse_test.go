package config_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/auth/revocation"
	"github.com/concierge-gateway/concierge/auth/token"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/networks"
	"github.com/concierge-gateway/concierge/passthrough"
	"github.com/concierge-gateway/concierge/priority"
	secrets "github.com/concierge-gateway/concierge/secret"
	"github.com/concierge-gateway/concierge/units"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/transport"
)

var update = flag.Bool("update", false, "write testdata/*.bad.txt anew")

const secret = "the-secret-of-the-tests-0123456789"

// getenv knows the variables of testdata.
func getenv(name string) (string, bool) {
	value, ok := map[string]string{
		"CONCIERGE_SECRET": secret,
		"DURATION":         "3m",
		"EMPTY":            "",
		"FALSE":            "false",
		"KEY_FILE":         "/hidden/place/key.pem",
		"LIST":             "A, B",
		"NUMBER":           "7",
		"PORT":             "8081",
		"SHORT_SECRET":     "hunter2hunter2",
		"SIZE":             "3MiB",
		"TWO_LINES":        "info\nformat: text",
		"USER_URL":         "http://127.0.0.1:9101",
		"WORD":             "xyzzy",
	}[name]
	return value, ok
}

// minimal is what testdata/minimal.good.yml says.
func minimal() config.Config {
	c := config.Default()
	c.Auth.Issuers = []token.Config{signing(secret)}
	c.Upstreams.User.Transport.URLs = []string{"http://127.0.0.1:9101"}
	c.Upstreams.Order.Transport.URLs = []string{"http://127.0.0.1:9102"}
	c.Upstreams.Product.Transport.URLs = []string{"http://127.0.0.1:9103"}
	c.Upstreams.Payment.Transport.URLs = []string{"http://127.0.0.1:9104"}
	return c
}

// signing is an issuer whose tokens are signed by a secret.
func signing(text string) token.Config {
	c := token.DefaultConfig()
	c.Keys.Secret = secrets.Text(text)
	return c
}

func TestGoodFilesAreReadOverTheDefaults(t *testing.T) {
	for name, change := range map[string]func(c *config.Config){
		"minimal":   func(*config.Config) {},
		"variables": wantVariables,
		"anchors":   wantAnchors,
		"forms":     wantForms,
		"routes":    wantRoutes,
		"identity":  wantIdentity,
	} {
		t.Run(name, func(t *testing.T) {
			want := minimal()
			change(&want)
			got, err := config.NewSource(filepath.Join("testdata", name+".good.yml"), config.Variables{Getenv: getenv}).Load()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func wantVariables(c *config.Config) {
	c.Server.Listen = "0.0.0.0:8081"
	c.Server.Compression = false
	c.Server.Timeouts.Idle = 3 * time.Minute
	c.Server.MaxBody = 3 * units.MiB
	c.GraphQL.Documents.Entries = 7
	c.GraphQL.Operations = []string{"xyzzy", "Home", "Cart"}
	c.Auth.Issuers[0].Keys.Secret = "${xyzzy}-$-$$-0123456789-0123456789-0123456789"
	c.Upstreams.User.Transport.URLs = []string{"http://127.0.0.1:9101/users"}
	c.Upstreams.Product.REST.Batch.Params = map[string]string{"ids": "xyzzy"}
}

func wantAnchors(c *config.Config) {
	c.Auth.Issuers[0].Issuer, c.Auth.Issuers[0].Audience = "https://issuer.example", []string{"https://issuer.example"}
	user, order, product, payment := &c.Upstreams.User, &c.Upstreams.Order, &c.Upstreams.Product, &c.Upstreams.Payment
	user.Transport.Timeouts.Total, user.Transport.Timeouts.Header = 3*time.Second, 2*time.Second
	user.REST.MaxConcurrency = 4
	order.Transport.Timeouts.Total = 6 * time.Second
	order.REST.MaxConcurrency = 4
	product.Transport.Timeouts = user.Transport.Timeouts
	payment.Transport.Timeouts = user.Transport.Timeouts
	payment.REST.MaxConcurrency = 4
}

func wantForms(c *config.Config) {
	c.Server.Listen, c.Admin.Listen = "127.0.0.1:0", "127.0.0.1:0"
	c.Server.MaxBody, c.Server.MaxHeader = 2*units.KiB, 8*units.KiB
	c.GraphQL.Introspection, c.GraphQL.GraphiQL = true, true
	c.GraphQL.Documents.Entries = 10
	c.GraphQL.Priorities.Default = priority.Batch
	c.GraphQL.Priorities.Named = map[string]priority.Class{"Checkout": priority.Critical, "Home": priority.Interactive}
	c.Auth.Issuers[0].Keys.Secret = "a-secret-that-is-long-enough to-be-folded-into-one-line"
	c.Upstreams.User.Transport.URLs = []string{"http://127.0.0.1:9101", "http://127.0.0.1:9201"}
	c.Upstreams.User.REST.Batch.Params = map[string]string{"order ids": "o"}
}

func wantRoutes(c *config.Config) {
	c.Server.Forwarded.TrustedProxies = []string{"10.0.0.0/8", "::1"}
	rename := map[string]string{"username": "user_name", "address/city": "city"}
	c.REST.Operations, c.REST.MaxRecord, c.REST.Consumers = "builtin", 64*units.KiB, 0
	c.REST.Routes = []passthrough.Route{
		{
			Match: "GET /users/{id}", Version: "v1", VersionBy: []string{"path"}, Upstream: "user", Returns: "User", Rename: rename,
			Deprecated: passthrough.Date{Time: time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)},
			Sunset:     passthrough.Date{Time: time.Date(2027, 6, 30, 10, 0, 0, 0, time.UTC)},
		},
		{
			Match: "PATCH /me", Version: "v2", VersionBy: []string{"header", "media_type"}, Default: true, Upstream: "user",
			To: "/users/{identity.id}", As: "updateProfile", Returns: "User", Rename: rename,
			Request: passthrough.RequestEdits{
				Headers: passthrough.Fields{Set: map[string]string{"X-Kind": "{header.X-Door}"}, Drop: []string{"X-Old"}},
				Add:     map[string]string{"from": `{"door": "rest"}`},
			},
			Response: passthrough.ResponseEdits{Drop: []string{"phone"}, Add: map[string]string{"version": "2"}},
			Timeouts: passthrough.Timeouts{Header: 2 * time.Second, Body: time.Minute},
			MaxBody:  64 * units.KiB, Priority: priority.Critical,
		},
		{
			Match: "/search/{path...}", VersionBy: []string{"path"}, Upstream: "search-2", Raw: true, Scopes: []string{"search:read"},
			Split: []passthrough.Share{{Weight: 10, Upstream: "search_b"}},
		},
	}
	search := upstreams.Routed{Transport: transport.DefaultConfig()}
	search.Transport.URLs = []string{"http://127.0.0.1:9105"}
	search.Transport.Timeouts.Total, search.Transport.Timeouts.Header = 3*time.Second, time.Second
	other := search
	other.Transport.URLs, other.Contract = []string{"http://127.0.0.1:9106"}, "search.yaml"
	c.Upstreams.Others = map[string]upstreams.Routed{"search-2": search, "search_b": other}
}

func wantIdentity(c *config.Config) {
	c.GraphQL.IntrospectionByCaller = true
	c.GraphQL.Networks = networks.Config{Allow: []string{"10.0.0.0/8", "2001:db8::1"}, Deny: []string{"10.1.0.0/16"}}
	c.REST.Networks.Deny = []string{"192.0.2.0/24"}
	c.REST.Routes = append(c.REST.Routes, passthrough.Route{
		Match: "GET /status", VersionBy: []string{"path"}, Public: true, Networks: networks.Config{Allow: []string{"127.0.0.1"}},
	})
	end := time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)
	auth := &c.Auth
	auth.Anonymous = true
	auth.Issuers = []token.Config{token.DefaultConfig(), signing(secret)}
	remote := &auth.Issuers[0]
	remote.Issuer, remote.Audience = "https://id.example", []string{"https://api.example", "shop"}
	remote.Algorithms, remote.Types, remote.Leeway = []string{"ES256"}, []string{"at+jwt"}, 5*time.Second
	remote.Subject, remote.Scopes = "preferred_username", []string{"realm_access.roles"}
	remote.ScopeMap = map[string][]string{"support": {"users:read", "orders:read"}, "guest": {}}
	remote.Keys.Discovery, remote.Keys.Refresh, remote.Keys.UnknownEvery = true, time.Minute, 10*time.Second
	auth.Issuers[1].SubjectPrefix = "own:"
	auth.Cookie.Name, auth.Cookie.Header = "__Host-token", "X-Shop"
	auth.APIKeys.Header, auth.APIKeys.File = "X-Shop-Key", "keys.yml"
	auth.APIKeys.Keys = []apikey.Entry{{
		ID: "nightly", Owner: "export", Scopes: []string{"orders:read"}, Expires: end,
		Hashes: []apikey.Hash{{SHA256: strings.Repeat("0", 64)}, {SHA256: strings.Repeat("1", 64), Expires: end}},
	}}
	auth.Introspection.URL, auth.Introspection.Issuer = "https://id.example/introspect", "https://id.example"
	auth.Introspection.ClientID, auth.Introspection.ClientSecret, auth.Introspection.Subject = "gateway", secret, remote.Subject
	auth.Revoked.File = "revoked.yml"
	auth.Revoked.Entries.Tokens = []string{"jti-1", "key:nightly"}
	auth.Revoked.Entries.Subjects = []revocation.Subject{{ID: "7"}, {ID: "8", Before: end}}
	c.Policy.PseudonymKey = secret
	c.Upstreams.User.Identity = identity.Config{Credentials: []string{"Authorization"}}
}

func TestFilesOfWindowsAreRead(t *testing.T) {
	text := "\ufeff" + strings.ReplaceAll(string(readFile(t, "testdata/minimal.good.yml")), "\n", "\r\n")
	got, err := config.Parse([]byte(text), "windows.yml", getenv)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(minimal(), got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestOtherEncodingsThanUTF8AreRefused(t *testing.T) {
	for _, each := range []struct{ text, want string }{
		{"# Latin 1\nauth:\n  issuer: caf\xe9\n", "g.yml:3:14: is not UTF-8 text"},
		{"\xff\xfea\x00:\x00 \x001\x00", "g.yml:1:1: is not UTF-8 text"},
	} {
		_, err := config.Parse([]byte(each.text), "g.yml", getenv)
		if err == nil || err.Error() != each.want {
			t.Errorf("%q: got %v, want %s", each.text, err, each.want)
		}
	}
}

// TestBadFilesReportEveryMistake compares what is said of each testdata/*.bad.yml with the .bad.txt beside it.
func TestBadFilesReportEveryMistake(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			got, err := config.Parse(readFile(t, file), name, getenv)
			if _, ok := errors.AsType[config.Mistakes](err); !ok {
				t.Fatalf("got the error %v, want Mistakes", err)
			}
			beside := strings.TrimSuffix(file, ".yml") + ".txt"
			if *update {
				writeFile(t, beside, err.Error()+"\n")
			}
			want := strings.Split(strings.TrimSpace(string(readFile(t, beside))), "\n")
			if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
			if diff := cmp.Diff(config.Config{}, got); diff != "" {
				t.Errorf("got a configuration beside the mistakes:\n%s", diff)
			}
		})
	}
}

func TestNoMessageShowsAVariableOrASecret(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text := string(readFile(t, file))
		for _, hidden := range []string{secret, "hunter2", "/hidden/place", "xyzzy", "format: text", "not-to-be-shown"} {
			if strings.Contains(text, hidden) {
				t.Errorf("%s shows %q", file, hidden)
			}
		}
	}
}

func TestAMistakeKeepsToOneLine(t *testing.T) {
	_, err := config.Parse([]byte("server:\n  \"a\\nb\": 1\n"), "g.yml", getenv)
	mistakes, ok := errors.AsType[config.Mistakes](err)
	if !ok {
		t.Fatalf("got the error %v, want Mistakes", err)
	}
	got, want := mistakes[len(mistakes)-1].String(), `g.yml:2:3: server.a\nb: is not a setting: `
	if !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s…", got, want)
	}
}

func TestAFileThatCannotBeReadIsNoMistakeOfItsAuthor(t *testing.T) {
	large := filepath.Join(t.TempDir(), "large.yml")
	writeFile(t, large, strings.Repeat("#", 1<<20+1))
	for _, each := range []struct{ path, want string }{
		{"testdata/none.yml", "read configuration: open testdata/none.yml: no such file or directory"},
		{large, "read configuration: " + large + " is larger than 1MiB"},
	} {
		_, err := config.NewSource(each.path, config.Variables{Getenv: getenv}).Load()
		_, isMistakes := errors.AsType[config.Mistakes](err)
		if err == nil || isMistakes || err.Error() != each.want {
			t.Errorf("got %v, want %s", err, each.want)
		}
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
