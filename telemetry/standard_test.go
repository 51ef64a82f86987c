package telemetry_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/telemetry"
)

func TestWhatGoPrintsQuotesNobodysRecords(t *testing.T) {
	for level, want := range map[string]string{
		"debug": `"text":"Unsolicited response received on idle HTTP channel"`,
		"info":  "",
	} {
		var written strings.Builder
		log := telemetry.NewLogger(telemetry.Config{Level: level, Format: "json"}, &written)
		printed := slog.NewLogLogger(telemetry.Standard(log).Handler(), slog.LevelInfo)
		printed.Printf("Unsolicited response received on idle HTTP channel starting with %q; err=%v", `{"card_number": "canary"`, nil)
		if got := written.String(); !strings.Contains(got, want) || want == "" && got != "" || strings.Contains(got, "canary") {
			t.Errorf("at the level %s it writes %q, want %q in it and never what was quoted", level, got, want)
		}
	}
}
