package telemetry

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// shortRevision is how much of a commit's hash people read.
const shortRevision = 12

// stamp is what tools/version.sh says of the tree that the program was built from: version, commit and the commit's date, between
// spaces. The linker writes it, and nobody else; it can write nothing but a variable.
var stamp string //nolint:gochecknoglobals // the reason stands above

// Build is what is known of how the program was built. What is not known is empty, apart from the version.
type Build struct {
	// Version is the release, such as v1.2.3, or else devel with the commit where that is known.
	Version string
	// Commit is the hash of the commit.
	Commit string
	// Date is when the commit was made, as RFC 3339 writes it in UTC. It is not when the program was built: two builds of one
	// commit are the same bytes.
	Date string
}

// ReadBuild reads what the linker was told, or else what the go command found out.
func ReadBuild() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	return build(stamp, info)
}

// Version is that of the build.
func Version() string { return ReadBuild().Version }

// Text has a line for each thing that is known, the version first.
func (b Build) Text() string {
	var text strings.Builder
	fmt.Fprintf(&text, "concierge %s\n", b.Version)
	if b.Commit != "" {
		fmt.Fprintf(&text, "commit    %s\n", b.Commit)
	}
	if b.Date != "" {
		fmt.Fprintf(&text, "of        %s\n", b.Date)
	}
	fmt.Fprintf(&text, "go        %s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return text.String()
}

func build(stamp string, info *debug.BuildInfo) Build {
	settings := make(map[string]string, len(info.Settings))
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	b := Build{Version: version(info.Main.Version, settings), Commit: settings["vcs.revision"], Date: settings["vcs.time"]}
	stamped := strings.Fields(stamp)
	for i, field := range []*string{&b.Version, &b.Commit, &b.Date} {
		if i < len(stamped) {
			*field = stamped[i]
		}
	}
	return b
}

func version(module string, settings map[string]string) string {
	if module != "" && module != "(devel)" {
		return module
	}
	revision := settings["vcs.revision"]
	if revision == "" {
		return "devel"
	}
	text := "devel+" + revision[:min(shortRevision, len(revision))]
	if settings["vcs.modified"] == "true" {
		text += ".dirty"
	}
	return text
}
