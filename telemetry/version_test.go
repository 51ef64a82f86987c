package telemetry

import (
	"runtime/debug"
	"strings"
	"testing"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

func TestVersionNamesTheReleaseOrTheCommit(t *testing.T) {
	revision := debug.BuildSetting{Key: "vcs.revision", Value: commit}
	date := debug.BuildSetting{Key: "vcs.time", Value: "2026-01-31T12:00:00Z"}
	modified := debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	clean := debug.BuildSetting{Key: "vcs.modified", Value: "false"}
	const day = "2026-02-01T00:00:00Z"
	tests := map[string]struct {
		stamp    string
		version  string
		settings []debug.BuildSetting
		want     Build
	}{
		"a release":             {"", "v1.2.3", []debug.BuildSetting{revision, date}, Build{"v1.2.3", commit, "2026-01-31T12:00:00Z"}},
		"a commit":              {"", "(devel)", []debug.BuildSetting{revision, clean}, Build{"devel+0123456789ab", commit, ""}},
		"a commit and changes":  {"", "(devel)", []debug.BuildSetting{revision, modified}, Build{"devel+0123456789ab.dirty", commit, ""}},
		"a short hash":          {"", "(devel)", []debug.BuildSetting{{Key: "vcs.revision", Value: "0123"}}, Build{"devel+0123", "0123", ""}},
		"no commit known":       {"", "(devel)", nil, Build{"devel", "", ""}},
		"nothing known":         {"", "", nil, Build{"devel", "", ""}},
		"a stamp":               {"v1.3.0 abc " + day, "(devel)", nil, Build{"v1.3.0", "abc", day}},
		"a stamp goes first":    {"v1.3.0 abc " + day, "v1.2.3", []debug.BuildSetting{revision, date}, Build{"v1.3.0", "abc", day}},
		"a stamp without a git": {"v1.3.0", "(devel)", nil, Build{"v1.3.0", "", ""}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := build(tt.stamp, &debug.BuildInfo{Main: debug.Module{Version: tt.version}, Settings: tt.settings})
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestABuildIsToldALineForEachThing(t *testing.T) {
	got := Build{Version: "v1.3.0", Commit: commit, Date: "2026-02-01T00:00:00Z"}.Text()
	want := "concierge v1.3.0\ncommit    " + commit + "\nof        2026-02-01T00:00:00Z\ngo        go1."
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant it to begin with\n%s", got, want)
	}
	if got := (Build{Version: "devel"}).Text(); strings.Contains(got, "commit") || strings.Contains(got, "of ") {
		t.Errorf("got\n%s\nwant nothing of a commit", got)
	}
}
