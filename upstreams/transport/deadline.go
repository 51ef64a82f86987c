package transport

import (
	"context"
	"io"
	"net/http"
	"time"
)

// deadline bounds a call from its start to the end of its answer's body.
type deadline struct {
	total time.Duration
	next  http.RoundTripper
}

func (d *deadline) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), d.total)
	res, err := d.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	res.Body = &timedBody{ReadCloser: res.Body, cancel: cancel}
	return res, nil
}

// timedBody ends the call's clock when its body is closed.
type timedBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *timedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
