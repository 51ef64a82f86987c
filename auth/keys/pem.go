package keys

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxFile bounds the key file, in bytes.
const maxFile = 1 << 20

// readPEM reads the public keys of a file. Each must be good for something: a file that holds less than was meant would be
// noticed only when tokens are refused.
func readPEM(path string) ([]Key, error) {
	file, err := os.Open(path) //nolint:gosec // the configuration names it
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	keys, err := parsePEM(text)
	if err != nil {
		return nil, fmt.Errorf("read the key file %s: %w", path, err)
	}
	return keys, nil
}

func parsePEM(text []byte) ([]Key, error) {
	if len(text) > maxFile {
		return nil, errors.New("it is larger than 1 MiB")
	}
	begun := bytes.Count(text, []byte("-----BEGIN "))
	var keys []Key
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		public, err := parseBlock(block)
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", len(keys)+1, err)
		}
		key := Key{Public: public}
		if !key.verifies() {
			return nil, fmt.Errorf("block %d: no algorithm takes such a key: RSA has 2048 to 8192 bits, "+
				"ECDSA is on P-256, P-384 or P-521, EdDSA on Ed25519", len(keys)+1)
		}
		keys = append(keys, key)
	}
	switch {
	case len(keys) < begun: // Decode passes over what it cannot read
		return nil, fmt.Errorf("%d blocks begin in it, and %d can be read", begun, len(keys))
	case len(keys) == 0:
		return nil, errors.New("it holds no PEM block")
	case len(keys) > maxFound:
		return nil, fmt.Errorf("it holds %d keys, and a token is tried with %d at most", len(keys), maxFound)
	default:
		return keys, nil
	}
}

func parseBlock(block *pem.Block) (any, error) {
	switch block.Type {
	case "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		return certificate.PublicKey, nil
	default:
		return nil, errors.New("it is neither a public key nor a certificate")
	}
}
