package config_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/concierge-gateway/concierge/auth/token"
	"github.com/concierge-gateway/concierge/config"
)

const exampleFile = "../gateway.example.yml"

func TestTheExampleShowsTheDefaults(t *testing.T) {
	got, err := config.NewSource(exampleFile, config.Variables{Getenv: getenv}).Load()
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.Auth.Issuers = []token.Config{signing(secret)}
	for _, each := range [][2]*[]string{
		{&want.Upstreams.User.Transport.URLs, &got.Upstreams.User.Transport.URLs},
		{&want.Upstreams.Order.Transport.URLs, &got.Upstreams.Order.Transport.URLs},
		{&want.Upstreams.Product.Transport.URLs, &got.Upstreams.Product.Transport.URLs},
		{&want.Upstreams.Payment.Transport.URLs, &got.Upstreams.Payment.Transport.URLs},
	} {
		*each[0] = *each[1]
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// TestTheExampleNamesEverySettingOfAnIssuer looks into the one list of the example that is not empty.
func TestTheExampleNamesEverySettingOfAnIssuer(t *testing.T) {
	var file struct {
		Auth struct{ Issuers []any }
	}
	if err := yaml.Unmarshal(readFile(t, exampleFile), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Auth.Issuers) != 1 {
		t.Fatalf("the example has %d issuers, want one", len(file.Auth.Issuers))
	}
	want, got := settings(reflect.TypeFor[token.Config](), ""), keys(file.Auth.Issuers[0], "")
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// TestTheExampleNamesEverySetting expects all of the services' settings in user, and urls alone in the others.
func TestTheExampleNamesEverySetting(t *testing.T) {
	var file any
	if err := yaml.Unmarshal(readFile(t, exampleFile), &file); err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(settings(reflect.TypeFor[config.Config](), ""), func(path string) bool {
		own := strings.HasSuffix(path, ".urls") && strings.Count(path, ".") == 2
		shown := strings.HasPrefix(path, "upstreams.user.") || own
		return strings.HasPrefix(path, "upstreams.") && !shown
	})
	got := keys(file, "")
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestTheLeastConfigurationOfTheManualIsEnough(t *testing.T) {
	_, rest, _ := strings.Cut(string(readFile(t, "../docs/configuration.md")), "```yaml\n")
	text, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the page has no YAML")
	}
	if _, err := config.Parse([]byte(text), "configuration.md", getenv); err != nil {
		t.Error(err)
	}
}

// settings lists the paths of all settings that are no struct of others.
func settings(t reflect.Type, path string) []string {
	if t.Kind() != reflect.Struct {
		return []string{strings.TrimPrefix(path, ".")}
	}
	var all []string
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if options != "inline" {
			name = "." + name
		} else if field.Type.Kind() == reflect.Map {
			continue // its keys are the file's own choice
		}
		all = append(all, settings(field.Type, path+name)...)
	}
	return all
}

// keys lists the paths of all values that are no mapping of others.
func keys(value any, path string) []string {
	mapping, ok := value.(map[string]any)
	if !ok || len(mapping) == 0 {
		return []string{strings.TrimPrefix(path, ".")}
	}
	var all []string
	for name, inner := range mapping {
		all = append(all, keys(inner, path+"."+name)...)
	}
	return all
}
