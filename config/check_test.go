package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/config"
)

func TestChecksReportByThePlacesOfTheFile(t *testing.T) {
	text := string(readFile(t, "testdata/minimal.good.yml")) + "rest:\n  routes:\n    - match: GET /a\n    - {match: GET /a, to: /b}\n"
	first := func(c config.Config, fail func(path, message string)) {
		if len(c.REST.Routes) != 2 || c.Upstreams.User.Transport.URLs == nil {
			t.Errorf("it is asked about %+v", c)
		}
		fail("rest.routes[1].to", "leads nowhere")
	}
	second := func(_ config.Config, fail func(path, message string)) {
		fail("rest.routes[0].upstream", "is 100% missing") // what stands nowhere is seen at what is above it
		fail("rest.operations", "cannot be read")
	}
	got, err := config.Parse([]byte(text), "g.yml", getenv, first, second)
	want := "g.yml:8:1: rest.operations: cannot be read\n" +
		"g.yml:10:7: rest.routes[0].upstream: is 100% missing\n" +
		"g.yml:11:23: rest.routes[1].to: leads nowhere"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if diff := cmp.Diff(config.Config{}, got); diff != "" {
		t.Errorf("got a configuration beside the mistakes:\n%s", diff)
	}
}

func TestChecksReportBesideOtherMistakes(t *testing.T) {
	text := "server: {max_body: 1}\ngraphql: {timeout: 1d}\nrest: {routes: [{match: GET /a}]}\n" + string(readFile(t, "testdata/minimal.good.yml"))
	check := func(_ config.Config, fail func(path, message string)) {
		fail("rest.routes[0].returns", "is needed")
		fail("graphql.timeout", "is nothing, which follows from what is reported")
	}
	_, err := config.Parse([]byte(text), "g.yml", getenv, check)
	want := "g.yml:1:10: server.max_body: must lie between 1KiB and 1GiB\n" +
		"g.yml:2:11: graphql.timeout: \"1d\" is not a duration such as 500ms, 5s or 1m30s\n" +
		"g.yml:3:17: rest.routes[0].returns: is needed"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
