package acme

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"go.uber.org/zap"
)

func TestOnlyFieldsThatAreKnownGoToTheLog(t *testing.T) {
	const canary = "canary7731"
	var told bytes.Buffer
	log := zap.New(&core{log: slog.New(slog.NewJSONHandler(&told, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	log.With(zap.String("account", canary), zap.String("ca", "https://ca.example")).Named("obtain").
		Error("will retry", zap.Error(errors.New("no such host")), zap.Strings("contact", []string{canary}), zap.ByteString("key", []byte(canary)))
	log.Debug("http request", zap.String("error", canary))
	log.Error("tls-alpn challenge", zap.String("server_name", "shop.example"), zap.String("remote_addr", canary))
	text := told.String()
	if strings.Contains(text, canary) {
		t.Errorf("the log has what it should not:\n%s", text)
	}
	for _, want := range []string{
		`"level":"ERROR","msg":"acme: will retry","ca":"https://ca.example","error":"no such host"}`,
		`"level":"DEBUG","msg":"acme: tls-alpn challenge","server_name":"shop.example"}`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %s:\n%s", want, text)
		}
	}
}
