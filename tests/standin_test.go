package tests

import (
	"bufio"
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

// TestOtherServicesOfTheSameRecordsGiveTheSameAnswers puts services of another make, in another process, in the place of the
// sample services, by configuration alone.
func TestOtherServicesOfTheSameRecordsGiveTheSameAnswers(t *testing.T) {
	t.Parallel()
	usual := start(t, standard)
	head, _, _ := strings.Cut(standard, "upstreams:\n")
	other := startBefore(t, usual.services, head+standIn(t))
	for name, query := range map[string]string{
		"the first query": demo.FirstQuery,
		"many keys":       `{ orders(first: 30) { nodes { id user { id name } items { product { id sku } } payment { id amount { amount } } } } }`,
		"lists in lists":  `{ users(first: 9) { nodes { id orders(first: 2) { nodes { id total { amount } } pageInfo { hasNextPage } } } } }`,
		"single records":  `{ user(id: 7) { name } order(id: 3) { status } product(id: 5) { name } payment(id: 9) { status order { id } } }`,
		"missing records": `{ user(id: 999999) { name } order(id: 999999) { id } product(id: 999999) { id } payment(id: 999999) { id } }`,
	} {
		t.Run(name, func(t *testing.T) {
			usual.services.ResetCalls()
			want := readable(t, usual.run(t, operation{as: "support", query: query}).body)
			asked := len(usual.services.Calls())
			got := readable(t, other.run(t, operation{as: "support", query: query}).body)
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("the answer (-usual +other):\n%s", diff)
			}
			if n := len(usual.services.Calls()); asked == 0 || n != asked {
				t.Errorf("the sample services were asked %d times for the other gateway's answer", n-asked)
			}
		})
	}
}

// standIn runs tests/standin until the test ends, and returns the configuration of its services.
func standIn(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "standin")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./standin").CombinedOutput(); err != nil {
		t.Fatalf("build the stand-in: %v\n%s", err, out)
	}
	process := exec.CommandContext(context.WithoutCancel(t.Context()), program) // it ends with its standard input
	stdin, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stdin.Close(); err != nil {
			t.Error(err)
		}
		if err := process.Wait(); err != nil {
			t.Errorf("the stand-in ended with: %v", err)
		}
	})
	const lines = 13 // of the stanza that it prints
	var yaml strings.Builder
	for in := bufio.NewScanner(stdout); strings.Count(yaml.String(), "\n") < lines && in.Scan(); {
		yaml.WriteString(in.Text() + "\n")
	}
	return yaml.String()
}
