//go:build race

package lent_test

import (
	"bytes"
	"testing"

	"github.com/concierge-gateway/concierge/lent"
)

func TestWhatWasGivenBackIsOverwritten(t *testing.T) {
	var texts lent.Texts
	text := texts.New()
	text.Bytes = append(text.Bytes, "a secret"...)
	still := text.Bytes
	text.GiveBack()
	if bytes.ContainsAny(still, "a secret") {
		t.Errorf("it still says %q", still)
	}
}
