package web

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// Licenses are the licences of the packages that are in the page, as its build gathered them.
func Licenses() (string, error) {
	gzipped, err := dist.ReadFile("dist/licenses.txt.gz")
	if err != nil {
		return "", fmt.Errorf("read the licences of the page: %w", err)
	}
	plain, err := gzip.NewReader(bytes.NewReader(gzipped))
	if err != nil {
		return "", fmt.Errorf("read the licences of the page: %w", err)
	}
	text, err := io.ReadAll(plain)
	if err != nil {
		return "", fmt.Errorf("read the licences of the page: %w", err)
	}
	return string(text), nil
}
