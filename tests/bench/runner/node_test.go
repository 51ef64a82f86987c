package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAPeerWithoutItsPackagesIsLeftOut(t *testing.T) {
	p := onNode(nameApollo, "")
	p.program = "" // whether the machine has it is another question
	dir := t.TempDir()
	var out strings.Builder
	b := &bench{settings: settings{node: dir}, out: &out}
	if b.canStart(p) || !strings.Contains(out.String(), "apollo IS LEFT OUT") {
		t.Errorf("without packages, it says %q", out.String())
	}
	file := filepath.Join(dir, installed)
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !b.canStart(p) {
		t.Errorf("with packages, it says %q", out.String())
	}
}

func TestAProcessHasTheEnvironmentItIsGivenAndNoOther(t *testing.T) {
	t.Setenv("GOGC", "50")
	for name, c := range map[string]struct {
		environment []string
		want        string
	}{
		"nothing":      {nil, ""},
		"one variable": {[]string{"NODE_ENV=production"}, "NODE_ENV=production"},
	} {
		t.Run(name, func(t *testing.T) {
			env, err := find("env")
			if err != nil {
				t.Skip(err)
			}
			p, err := start(t.Context(), t.TempDir(), []string{env}, c.environment, nil)
			if err != nil {
				t.Fatal(err)
			}
			<-p.ended
			if got := p.words(); got != c.want {
				t.Errorf("its environment is %q, want %q", got, c.want)
			}
		})
	}
}
