package tests

import (
	"encoding/json"
	"os/exec"
	"testing"
)

// Code written by one version of gqlgen may not fit the runtime package of another, and nothing else would say why.
func TestGeneratorAndProgramUseTheSameVersions(t *testing.T) {
	program := versions(t, "../go.mod")
	tools := versions(t, "../tools/go.mod")
	for _, module := range []string{"github.com/99designs/gqlgen", "github.com/vektah/gqlparser/v2"} {
		t.Run(module, func(t *testing.T) {
			want, got := program[module], tools[module]
			if want == "" {
				t.Fatalf("go.mod does not require %s", module)
			}
			if got != want {
				t.Errorf("tools/go.mod has %s, go.mod has %s", got, want)
			}
		})
	}
}

func versions(t *testing.T, goMod string) map[string]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json", goMod).Output()
	if err != nil {
		t.Fatalf("read %s: %v", goMod, err)
	}
	var file struct {
		Require []struct {
			Path    string `json:"path"`
			Version string `json:"version"`
		} `json:"require"`
	}
	if err := json.Unmarshal(out, &file); err != nil {
		t.Fatalf("read %s: %v", goMod, err)
	}
	versions := make(map[string]string, len(file.Require))
	for _, module := range file.Require {
		versions[module.Path] = module.Version
	}
	return versions
}
