package telemetry

import "runtime/debug"

// shortRevision is how much of a commit's hash people read.
const shortRevision = 12

// Version is the module's version as it was built, such as v1.2.3, or else devel with the commit where that is known.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	return version(info)
}

func version(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	settings := make(map[string]string, len(info.Settings))
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
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
