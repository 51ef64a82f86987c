package upstreams

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheContractOfAServiceIsItsFileOrTheOneThatTheGatewayWasWrittenFor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "contract.yaml")
	if err := os.WriteFile(file, []byte("its own"), 0o600); err != nil {
		t.Fatal(err)
	}
	builtin, err := Contract("order")
	if err != nil {
		t.Fatal(err)
	}
	c := DefaultConfig()
	c.User.Contract = file
	c.Product.Contract = "http://product.internal/openapi.json"
	c.Payment.Contract = file + ".none"
	c.Others = map[string]Routed{"search": {Contract: file}, "archive": {}}
	for service, want := range map[string]struct{ text, err string }{
		"user":    {text: "its own"},
		"order":   {text: string(builtin)},
		"product": {err: "it must be a file: it is read before the service can be asked"},
		"payment": {err: "read contract: no such file or directory"},
		"search":  {text: "its own"},
		"archive": {err: "there is none: the service's stanza must name one"},
		"nobody":  {err: "there is none: the service's stanza must name one"},
		"../user": {err: "there is none: the service's stanza must name one"},
	} {
		text, err := c.ContractOf(service)
		if !bytes.Equal(text, []byte(want.text)) || (err == nil) != (want.err == "") || err != nil && !strings.HasPrefix(err.Error(), want.err) {
			t.Errorf("%s: %d bytes, %v, want %d bytes, %s", service, len(text), err, len(want.text), want.err)
		}
	}
}
