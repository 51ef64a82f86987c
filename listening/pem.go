package listening

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// What is wrong with files. The reasons that the standard library gives may quote them.
var (
	errPair = errors.New("does not go with key: they must be a certificate and its own private key, both in PEM")
	errPool = errors.New("holds no certificate in PEM")
)

// pair reads a certificate and its key.
func pair(cert, key []byte) (*tls.Certificate, error) {
	both, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, errPair
	}
	return &both, nil
}

// pool reads authorities.
func pool(text []byte) (*x509.CertPool, error) {
	all := x509.NewCertPool()
	if !all.AppendCertsFromPEM(text) {
		return nil, errPool
	}
	return all, nil
}
