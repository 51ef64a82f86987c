package tests

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// auditFolder is where the audit of GraphQL over HTTP is, graphql-http of npm.
const auditFolder = "audit"

// audited is one question of the audit, and how it ended.
type audited struct{ ID, Name, Status, Reason string }

// audit is what the audit finds out about a gateway that is asked with these fields in the header.
func audit(t *testing.T, url string, header map[string]string) (all []audited) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(auditFolder, "node_modules")); err != nil {
		t.Fatalf("%v: make setup-audit installs what this test needs", err)
	}
	fields, _ := json.Marshal(header) // texts always marshal
	run := exec.CommandContext(t.Context(), needed(t, "node"), "run.mjs", url, string(fields))
	run.Dir = auditFolder
	for lines := json.NewDecoder(strings.NewReader(string(outputOf(t, run)))); lines.More(); {
		var each audited
		if err := lines.Decode(&each); err != nil {
			t.Fatal(err)
		}
		all = append(all, each)
	}
	return all
}

// The audit has 61 questions. Some are about types of the schema, so it needs somebody who may ask for those.
func TestTheAuditOfGraphQLOverHTTPFindsNothing(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	const scoped = `introspection_scopes: ["users:read"]`
	for name, c := range map[string]struct {
		yaml, as string
	}{
		"of who has no name":       {anonymous(standard), ""},
		"of a caller with a scope": {with(strings.Replace(standard, "introspection: true", scoped, 1), "graphql", "batching: {enabled: true}"), "support"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, c.yaml)
			header := make(map[string]string)
			if c.as != "" {
				header["authorization"] = "Bearer " + p.token(t, c.as)
			}
			all := audit(t, p.public+"/graphql", header)
			if len(all) != 61 {
				t.Errorf("the audit has %d questions, want 61", len(all))
			}
			for _, each := range all {
				if each.Status != "ok" {
					t.Errorf("%s %s: %s, %s", each.ID, each.Name, each.Status, each.Reason)
				}
			}
		})
	}
}
