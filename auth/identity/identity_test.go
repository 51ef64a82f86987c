package identity_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/auth/identity"
)

// incoming is what a client sent, which passes on as far as nobody objects.
func incoming() http.Header {
	return http.Header{
		"X-User-Id": {"1", "2"}, "X-User-Scopes": {"admin"}, "X-User-Tenant": {"acme"}, "X-Gateway-Token": {"forged"}, "X-Other": {"y"},
	}
}

func sign(audience string) (string, error) { return "for " + audience, nil }

func TestACallSaysWhomItIsMadeForAndNothingElse(t *testing.T) {
	sent := http.Header{"Authorization": {"Bearer x"}, "X-Api-Key": {"k"}, "Cookie": {"token=x"}}
	with := func(more http.Header) http.Header {
		more["X-Other"] = []string{"y"}
		return more
	}
	named := func(more http.Header) http.Header {
		more["X-User-Id"], more["X-User-Scopes"] = []string{"7"}, []string{"a b"}
		return with(more)
	}
	ada := &identity.Caller{ID: "7", Scopes: "a b", Sign: sign, Sent: sent}
	for name, tt := range map[string]struct {
		caller *identity.Caller
		config identity.Config
		want   http.Header
	}{
		"of nobody's request":              {nil, identity.Config{Audience: "users"}, with(http.Header{})},
		"an anonymous caller":              {&identity.Caller{Sign: sign, Sent: sent}, identity.Config{Audience: "users"}, with(http.Header{})},
		"an anonymous caller with scopes":  {&identity.Caller{Scopes: "admin"}, identity.Config{}, with(http.Header{})},
		"a caller":                         {ada, identity.Config{}, named(http.Header{})},
		"a caller, to whom it is no token": {&identity.Caller{ID: "7", Scopes: "a b"}, identity.Config{Audience: "users"}, named(http.Header{})},
		"a caller, with a token":           {ada, identity.Config{Audience: "users"}, named(http.Header{"X-Gateway-Token": {"for users"}})},
		"a credential":                     {ada, identity.Config{Credentials: []string{"Authorization"}}, named(http.Header{"Authorization": {"Bearer x"}})},
		"one who belongs to somebody":      {&identity.Caller{ID: "7", Scopes: "a b", Tenant: "globex"}, identity.Config{}, named(http.Header{"X-User-Tenant": {"globex"}})},
		"nobody who belongs to somebody":   {&identity.Caller{Tenant: "globex"}, identity.Config{}, with(http.Header{})},
		"two credentials":                  {ada, identity.Config{Credentials: []string{"X-Api-Key", "Cookie"}}, named(http.Header{"X-Api-Key": {"k"}, "Cookie": {"token=x"}})},
		"one that was not sent":            {ada, identity.Config{Credentials: []string{"X-Key"}}, named(http.Header{})},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if tt.caller != nil {
				ctx = identity.With(ctx, tt.caller)
			}
			got := incoming()
			if err := identity.Propagate(ctx, got, tt.config); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// On a route, any field passes that nobody knows: also that of API keys, if this did not stop it.
func TestAKeyPassesOnlyWhereThatIsAskedFor(t *testing.T) {
	sent := http.Header{"X-Api-Key": {"k"}}
	ctx := identity.With(t.Context(), &identity.Caller{ID: "7", Sent: sent, KeyHeader: "X-Api-Key"})
	for want, c := range map[string]identity.Config{"": {}, "k": {Credentials: []string{"X-Api-Key"}}} {
		got := sent.Clone()
		if err := identity.Propagate(ctx, got, c); err != nil {
			t.Fatal(err)
		}
		if got.Get("X-Api-Key") != want {
			t.Errorf("the key is %q, want %q", got.Get("X-Api-Key"), want)
		}
	}
	if sent.Get("X-Api-Key") != "k" {
		t.Error("the request has lost its key")
	}
}

func TestWhatIsAddedToACallDoesNotShowInAnother(t *testing.T) {
	sent := http.Header{"Authorization": append(make([]string, 0, 4), "Bearer x")}
	ctx := identity.With(t.Context(), &identity.Caller{ID: "7", Scopes: "a", Tenant: "b", Sent: sent})
	c := identity.Config{Credentials: []string{"Authorization"}}
	first, second := http.Header{}, http.Header{}
	for _, header := range []http.Header{first, second} {
		if err := identity.Propagate(ctx, header, c); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Authorization", "X-User-Id", "X-User-Scopes", "X-User-Tenant"} {
		first.Add(name, "more")
		first[name][0] = "changed"
	}
	want := http.Header{"Authorization": {"Bearer x"}, "X-User-Id": {"7"}, "X-User-Scopes": {"a"}, "X-User-Tenant": {"b"}}
	if diff := cmp.Diff(want, second); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(http.Header{"Authorization": {"Bearer x"}}, sent); diff != "" {
		t.Error(diff)
	}
}

func TestACallThatCannotBeSignedIsNotMade(t *testing.T) {
	broken := errors.New("the key is gone")
	ctx := identity.With(t.Context(), &identity.Caller{ID: "7", Sign: func(string) (string, error) { return "", broken }})
	header := incoming()
	if err := identity.Propagate(ctx, header, identity.Config{Audience: "users"}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if header.Get("X-Gateway-Token") != "" {
		t.Error("there is a token all the same")
	}
}

// Whatever a client sends and a service is configured to get, nobody but the gateway says who the caller is.
func TestNoClientNamesItself(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		names := rapid.SampledFrom([]string{"X-User-Id", "X-User-Scopes", "X-User-Tenant", "X-Gateway-Token", "Authorization", "Cookie", "X-Api-Key"})
		header := http.Header{}
		for _, name := range rapid.SliceOf(names).Draw(rt, "sent") {
			header.Add(name, "theirs")
		}
		c := identity.Config{Audience: rapid.SampledFrom([]string{"", "users"}).Draw(rt, "audience"), Credentials: rapid.SliceOf(names).Draw(rt, "credentials")}
		valid := true
		c.Validate(func(string, string) { valid = false })
		if !valid {
			return
		}
		ctx := context.Background()
		if rapid.Bool().Draw(rt, "known") {
			id := rapid.SampledFrom([]string{"", "7"}).Draw(rt, "id")
			ctx = identity.With(ctx, &identity.Caller{ID: id, Tenant: rapid.SampledFrom([]string{"", "acme"}).Draw(rt, "tenant"), Sign: sign, Sent: header.Clone(), KeyHeader: "X-Api-Key"})
		}
		if err := identity.Propagate(ctx, header, c); err != nil {
			rt.Fatal(err)
		}
		for _, name := range []string{"X-User-Id", "X-User-Scopes", "X-User-Tenant", "X-Gateway-Token"} {
			for _, value := range header[name] {
				if value == "theirs" {
					rt.Errorf("%s is the client's", name)
				}
			}
		}
	})
}

func TestConfigReportsFieldsThatHoldNoCredential(t *testing.T) {
	c := identity.Config{Credentials: []string{
		"Authorization", "", "authorization", "X-Api-Key", "X-API-Key", "X-User-Id", "X-User-Scopes", "X-Gateway-Token", "Cookie", "X-User-Tenant",
	}}
	var got []string
	c.Validate(func(path, message string) { got = append(got, path) })
	want := []string{"credentials[1]", "credentials[2]", "credentials[4]", "credentials[5]", "credentials[6]", "credentials[7]", "credentials[9]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
