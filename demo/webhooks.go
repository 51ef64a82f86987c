package demo

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// The bounds of messages.
const (
	maxMessages    = 1000 // that wait
	messageTimeout = 5 * time.Second
	messageTries   = 5
	messagePause   = 500 * time.Millisecond // before the second try; the next ones are longer
)

// SendWebhooks has the order and payment services tell a URL of each further event, signed with a secret of theirs, as Standard
// Webhooks has it. A message that is not taken is sent again for some seconds. It goes on until Close; a further call tells
// another URL instead.
func (s *Services) SendWebhooks(url, secret string) {
	for _, each := range s.services {
		if each.journal == nil {
			continue
		}
		h := &hook{
			url: url, secret: []byte(secret), queue: make(chan occurrence, maxMessages),
			client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, // so that nothing stays open behind it
		}
		s.background.Go(func() { h.run(s.ctx) })
		each.journal.telling(h.take)
	}
}

// hook sends the messages of one service, one after the other.
type hook struct {
	url    string
	secret []byte
	client *http.Client
	queue  chan occurrence
}

// take drops what is too much: a gateway that was away for so long is told by the feed.
func (h *hook) take(o occurrence) {
	select {
	case h.queue <- o:
	default:
	}
}

func (h *hook) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-h.queue:
			h.deliver(ctx, o)
		}
	}
}

func (h *hook) deliver(ctx context.Context, o occurrence) {
	pause := messagePause
	for range messageTries {
		if h.send(ctx, o) == nil {
			return
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		pause *= 2
	}
}

func (h *hook) send(ctx context.Context, o occurrence) error {
	ctx, cancel := context.WithTimeout(ctx, messageTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(o.data))
	if err != nil {
		return fmt.Errorf("make a message: %w", err)
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, h.secret)
	mac.Write([]byte(o.id + "." + at + "."))
	mac.Write(o.data)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Webhook-Id", o.id)
	req.Header.Set("Webhook-Timestamp", at)
	req.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	res, err := h.client.Do(req)
	if err != nil {
		return fmt.Errorf("send a message: %w", err)
	}
	_ = res.Body.Close() // nothing in it is wanted
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("send a message: the answer is %d", res.StatusCode)
	}
	return nil
}
