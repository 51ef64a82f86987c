package auth_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
)

func TestConfigReportsWhatCannotWork(t *testing.T) {
	tests := map[string]struct {
		cfg  auth.Config
		want []string
	}{
		"a secret":                     {settings(), nil},
		"anonymous callers alone":      {auth.Config{Anonymous: true}, nil},
		"nobody could call":            {auth.DefaultConfig(), []string{"secret"}},
		"a short secret":               {auth.Config{Secret: "short", Anonymous: true}, []string{"secret"}},
		"the demo's secret":            {auth.Config{Secret: auth.DevelopmentSecret}, []string{"secret"}},
		"a leeway of more than enough": {auth.Config{Secret: secret, Leeway: time.Hour}, []string{"leeway"}},
		"a leeway below zero":          {auth.Config{Secret: secret, Leeway: -1}, []string{"leeway"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			tt.cfg.Validate(func(path, _ string) { got = append(got, path) })
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSecretsShowNowhere(t *testing.T) {
	cfg := settings()
	encoded, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "cfg", cfg, "secret", cfg.Secret)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "cfg", cfg, "secret", cfg.Secret)
	for _, text := range []string{
		string(encoded), log.String(), fmt.Sprint(cfg), fmt.Sprintf("%+v %#v %s %q %v", cfg, cfg, cfg.Secret, cfg.Secret, cfg.Secret),
	} {
		if strings.Contains(text, secret) || !strings.Contains(text, "[redacted]") {
			t.Errorf("got %s", text)
		}
	}
}
