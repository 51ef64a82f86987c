package passport

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"strings"
)

// What can be wrong with a file. Its parser's own words are not passed on, since they quote what is there.
const (
	errNoFile      = mistake("must be the name of a file, and not what is in it")
	errNoKey       = mistake("holds no PEM of a PRIVATE KEY (PKCS#8), an EC PRIVATE KEY (SEC1), or a PUBLIC KEY")
	errManyKeys    = mistake("must hold one key, and nothing else")
	errBroken      = mistake("holds a key that is broken or encrypted")
	errOtherKind   = mistake("must hold a key of P-256 or Ed25519")
	errNoSignature = mistake("must hold a private key: a public one cannot sign")
)

// readPrivate reads a key that can sign.
func readPrivate(file string) (crypto.Signer, error) {
	key, err := readKey(file)
	if err != nil {
		return nil, err
	}
	private, ok := key.(crypto.Signer)
	if !ok {
		return nil, errNoSignature
	}
	return private, nil
}

// readPublic reads the public half of a key, from itself or from the private one.
func readPublic(file string) (jwk, error) {
	key, err := readKey(file)
	if err != nil {
		return jwk{}, err
	}
	if private, ok := key.(crypto.Signer); ok {
		key = private.Public()
	}
	return jwkOf(key)
}

// readKey reads a private or public key of a kind that passports can have.
func readKey(file string) (any, error) {
	text, err := readFile(file)
	if err != nil {
		return nil, err
	}
	block, err := onlyBlock(text)
	if err != nil {
		return nil, err
	}
	key, err := parseBlock(block)
	if err != nil {
		return nil, err
	}
	switch key.(type) {
	case *ecdsa.PrivateKey, *ecdsa.PublicKey, ed25519.PrivateKey, ed25519.PublicKey:
		return key, nil
	default:
		return nil, errOtherKind
	}
}

// readFile does not name the file where it fails: somebody may have given the key itself instead.
func readFile(name string) ([]byte, error) {
	if strings.Contains(name, "-----BEGIN") {
		return nil, errNoFile
	}
	text, err := os.ReadFile(name) //nolint:gosec // the settings name it
	if err == nil {
		return text, nil
	}
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, mistake("cannot be read: " + failed.Err.Error())
	}
	return nil, mistake("cannot be read")
}

// onlyBlock is the one block of a file. The parameters that openssl ecparam writes before a key are in the key again.
func onlyBlock(text []byte) (*pem.Block, error) {
	block, rest := pem.Decode(text)
	if block != nil && block.Type == "EC PARAMETERS" {
		block, rest = pem.Decode(rest)
	}
	if block == nil {
		return nil, errNoKey
	}
	if another, _ := pem.Decode(rest); another != nil {
		return nil, errManyKeys
	}
	return block, nil
}

func parseBlock(block *pem.Block) (key any, err error) {
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		return nil, errBroken
	default:
		return nil, errNoKey
	}
	if err != nil {
		return nil, errBroken
	}
	return key, nil
}
