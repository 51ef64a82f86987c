package telemetry

import (
	"runtime/debug"
	"testing"
)

func TestVersionNamesTheReleaseOrTheCommit(t *testing.T) {
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}
	modified := debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	clean := debug.BuildSetting{Key: "vcs.modified", Value: "false"}
	tests := map[string]struct {
		version  string
		settings []debug.BuildSetting
		want     string
	}{
		"a release":            {"v1.2.3", []debug.BuildSetting{revision}, "v1.2.3"},
		"a commit":             {"(devel)", []debug.BuildSetting{revision, clean}, "devel+0123456789ab"},
		"a commit and changes": {"(devel)", []debug.BuildSetting{revision, modified}, "devel+0123456789ab.dirty"},
		"a short hash":         {"(devel)", []debug.BuildSetting{{Key: "vcs.revision", Value: "0123"}}, "devel+0123"},
		"no commit known":      {"(devel)", nil, "devel"},
		"nothing known":        {"", nil, "devel"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := version(&debug.BuildInfo{Main: debug.Module{Version: tt.version}, Settings: tt.settings})
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
