package tests

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"golang.org/x/tools/txtar"
)

// withLimits is a configuration with what a story has below limits.
func withLimits(yaml string, story *txtar.Archive) string {
	i := slices.IndexFunc(story.Files, named("limits.yml"))
	if i < 0 {
		return yaml
	}
	return usualLimits.ReplaceAllString(yaml, "") + "limits:\n" + indented(string(story.Files[i].Data), "  ")
}

// usualLimits are those of the standard configuration.
var usualLimits = regexp.MustCompile(`(?m)^limits:\n {2}rules: .*\n`)

// limitFields are the header fields that are about limits.
func limitFields() []string {
	return []string{
		"Ratelimit-Policy", "Ratelimit", "Retry-After", "Concierge-Limited", "X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset",
	}
}

// limitsIn is what an answer's header says of limits.
func limitsIn(header http.Header) []byte {
	var text bytes.Buffer
	for _, name := range limitFields() {
		for _, value := range header[name] {
			if name == "Retry-After" || name == "X-Ratelimit-Reset" {
				value = string(roundUp([]byte(value)))
			}
			fmt.Fprintf(&text, "%s: %s\n", name, value)
		}
	}
	return waits.ReplaceAllFunc(text.Bytes(), func(found []byte) []byte { return append([]byte(";t="), roundUp(found[len(";t="):])...) })
}

var (
	waits      = regexp.MustCompile(`;t=\d+`)
	retryAfter = regexp.MustCompile(`("retryAfter": )(\d+)`)
)

// inMinutes is an answer whose waits are rounded up, so that no story depends on how fast the machine is.
func inMinutes(answer []byte) []byte {
	return retryAfter.ReplaceAllFunc(answer, func(found []byte) []byte {
		parts := retryAfter.FindSubmatch(found)
		return append(slices.Clone(parts[1]), roundUp(parts[2])...)
	})
}

// roundUp is a number of seconds, in whole minutes.
func roundUp(seconds []byte) []byte {
	n, err := strconv.Atoi(string(seconds))
	if err != nil {
		return seconds
	}
	return strconv.AppendInt(nil, int64((n+59)/60*60), 10)
}
