package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// folder is where the files are that these tests check.
const folder = "../../deploy"

// program is the one that make build made, which is what is put in place. Nothing is left out where it is missing.
func program(t *testing.T) string {
	t.Helper()
	file, err := filepath.Abs("../../bin/concierge")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Fatalf("make build comes first: %v", err)
	}
	return file
}

// check lets the program itself look at a configuration, with these variables and no others.
func check(t *testing.T, configuration string, variables ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), program(t), "check", "--config", filepath.Base(configuration))
	command.Dir, command.Env = filepath.Dir(configuration), variables
	if said, err := command.CombinedOutput(); err != nil {
		t.Errorf("concierge check: %v\n%s", err, said)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// missing says that a check cannot be made here. In continuous integration that is a failure, and everywhere it is said.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("NOT CHECKED: %s", what)
	}
	t.Skipf("NOT CHECKED: %s", what)
}
