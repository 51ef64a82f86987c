package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The script runs among sources that lie in a repository of their own, in none, and below somebody else's.
func TestABuildIsStampedByItsOwnCommit(t *testing.T) {
	const date = "2026-01-02T03:04:05Z"
	for name, c := range map[string]struct {
		repository string // where it begins, seen from the sources; empty for none
		tag        string
		variables  []string
		want       string // a pattern
	}{
		"no repository":           {want: "devel"},
		"no repository, a stamp":  {variables: []string{"STAMP=v1.2.3 abc " + date}, want: "v1\\.2\\.3 abc " + date},
		"their own":               {repository: ".", tag: "v1.2.3", want: "v1\\.2\\.3 [0-9a-f]{40} " + date},
		"their own, without tags": {repository: ".", want: "devel\\+[0-9a-f]{12} [0-9a-f]{40} " + date},
		"somebody else's":         {repository: "..", tag: "v1.2.3", want: "devel"},
		"a tag that is a command": {repository: ".", tag: "v1$(id)", want: ""},
	} {
		t.Run(name, func(t *testing.T) {
			sources := filepath.Join(t.TempDir(), "the sources")
			write(t, filepath.Join(sources, "tools", "version.sh"), string(read(t, "../../tools/version.sh")))
			if c.repository != "" {
				repository := filepath.Join(sources, c.repository)
				git(t, repository, date, "init", "-q")
				git(t, repository, date, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-q", "--allow-empty", "-m", "x")
				if c.tag != "" {
					git(t, repository, date, "tag", c.tag)
				}
			}
			command := exec.CommandContext(t.Context(), "bash", "tools/version.sh")
			command.Dir = sources
			command.Env = append(c.variables, "PATH="+os.Getenv("PATH"), "GIT_CEILING_DIRECTORIES="+os.TempDir())
			said, _ := command.Output() // where it fails it says nothing
			if got := strings.TrimSuffix(string(said), "\n"); !regexp.MustCompile("^" + c.want + "$").MatchString(got) {
				t.Errorf("it says %q, want %q", got, c.want)
			}
		})
	}
}

func git(t *testing.T, folder, date string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "git", args...)
	command.Dir = folder
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_DATE=" + date, "GIT_COMMITTER_DATE=" + date,
	}
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, said)
	}
}
