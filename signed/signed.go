// Package signed answers who has sent a message.
//
// Messages are signed as Standard Webhooks has it (https://www.standardwebhooks.com). One that comes again within the time that
// clocks may differ by is taken again: whoever takes messages must bear that, or know them by their ids.
package signed

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/secret"
)

// maxBody is how long a message may be, in bytes.
const maxBody = 64 << 10

// Senders know their messages. They are safe for concurrent use.
type Senders struct{ keys []key }

// key is one secret of a sender.
type key struct {
	secret []byte
	sender *Sender
}

// New reads the senders' secrets. It fails where one cannot be read.
func New(config Config) (*Senders, error) {
	s := new(Senders)
	for i := range config.Senders {
		sender := &config.Senders[i]
		for _, text := range sender.Secrets {
			secret, err := keyOf(text)
			if err != nil || len(secret) < leastSecret {
				return nil, fmt.Errorf("read the secrets of the sender %s: one is in no base64, or too short", sender.Name)
			}
			s.keys = append(s.keys, key{secret, sender})
		}
	}
	return s, nil
}

// Message is one that a sender has signed.
type Message struct {
	// ID is the message's. One that is sent again has the same.
	ID string
	// Sender has signed it.
	Sender *Sender
	// Body is what it says.
	Body []byte
}

// Read reads the message of a request. Errors are problems, and say to nobody who has not signed why. What w needs beside the
// problem is set.
func (s *Senders) Read(w http.ResponseWriter, r *http.Request) (Message, error) {
	body, err := readBody(w, r)
	if err != nil {
		return Message{}, err
	}
	m, ok := readHeader(r.Header)
	sender := s.sender(m, ok, body)
	if sender == nil {
		w.Header().Set("WWW-Authenticate", "Webhook-Signature") // RFC 9110, section 15.5.2
		return Message{}, problem.New(problem.Unauthenticated, "")
	}
	// Pages of other sites can make a browser send anything simpler than JSON without asking first.
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return Message{}, problem.New(problem.UnsupportedMediaType, "the body must be application/json")
	}
	return Message{ID: m.id, Sender: sender, Body: body}, nil
}

// sender is who has signed a message, nil if nobody has. All keys are tried, whichever fits.
func (s *Senders) sender(m message, whole bool, body []byte) (sender *Sender) {
	if !whole || !m.fresh(time.Now()) {
		return nil
	}
	for _, each := range s.keys {
		if m.by(each.secret, body) {
			sender = each.sender
		}
	}
	return sender
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, problem.New(problem.MethodNotAllowed, "messages are sent by POST")
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case tooLarge:
		return nil, problem.Wrap(problem.TooLarge, err, "")
	case err != nil:
		return nil, problem.Wrap(problem.BadInput, err, "the body could not be read")
	}
	return text, nil
}

// Sign sets the fields of a header by which a message is signed. It fails where the secret is in no base64.
func Sign(header http.Header, text secret.Text, id string, at time.Time, body []byte) error {
	key, err := keyOf(text)
	if err != nil {
		return errors.New("read the secret: it is in no base64")
	}
	m := message{id: id, timestamp: strconv.FormatInt(at.Unix(), 10)}
	header.Set("Webhook-Id", id)
	header.Set("Webhook-Timestamp", m.timestamp)
	header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(m.sum(key, body)))
	return nil
}

// sum is what a key signs a message with.
func (m message) sum(key, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(m.id + "." + m.timestamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}
