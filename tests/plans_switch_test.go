package tests

import (
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"

	"github.com/concierge-gateway/concierge/config"
)

// withoutPlans is the environment variable that has every program of the suite run operations in gqlgen, where it is "off".
const withoutPlans = "CONCIERGE_TEST_PLANS"

// environment is what a run of the suite is told from outside.
func environment(name string) string {
	return os.Getenv(name) //nolint:forbidigo // a run says it to all tests, and go test refuses flags that a package does not know
}

// numberIn is a number of the environment.
func numberIn(t *testing.T, name string, missing int) int {
	t.Helper()
	text := environment(name)
	if text == "" {
		return missing
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// obeyEnvironment turns plans off where the suite runs without them.
func obeyEnvironment(c *config.Config) {
	if environment(withoutPlans) == "off" {
		c.GraphQL.Plans.Enabled = false
	}
}

// inOneRun skips a test in the run without plans that would show nothing else there: what operations have no part in, and what
// runs them both ways by itself.
func inOneRun(t *testing.T) {
	t.Helper()
	if environment(withoutPlans) == "off" {
		t.Skip("it shows the same without plans")
	}
}

// inTheQuickRun skips a test in the run with the race detector, where it would take ten times as long and show nothing else, since
// it does one thing after the other. The run without plans is quick: it is without the detector.
func inTheQuickRun(t *testing.T) {
	t.Helper()
	if racing() {
		t.Skip("it is for the run without the race detector")
	}
}

// racing reports whether the suite was built with the race detector.
func racing() bool {
	about, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(about.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
