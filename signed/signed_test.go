package signed_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/secret"
	"github.com/concierge-gateway/concierge/signed"
)

const (
	raw     = secret.Text("a secret of the product service")
	encoded = secret.Text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") // the example of Standard Webhooks
)

func senders(t *testing.T) *signed.Senders {
	t.Helper()
	all, err := signed.New(signed.Config{Path: "/x", Senders: []signed.Sender{
		{Name: "catalogue", Secrets: []secret.Text{raw}}, {Name: "orders", Secrets: []secret.Text{encoded}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheSignatureIsThatOfStandardWebhooks(t *testing.T) {
	header := make(http.Header)
	const id, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", `{"test": 2432232314}`
	if err := signed.Sign(header, encoded, id, time.Unix(1614265330, 0), []byte(body)); err != nil {
		t.Fatal(err)
	}
	if got := header.Get("Webhook-Signature"); got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("it is %s", got)
	}
}

func TestAMessageIsReadForWhoHasSignedIt(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *http.Request)
		body   string
		status int // 0 where it is read
	}{
		"as it should be":  {func(*http.Request) {}, "{}", 0},
		"another body":     {func(*http.Request) {}, "{ }", 401},
		"another id":       {func(r *http.Request) { r.Header.Set("Webhook-Id", "other") }, "{}", 401},
		"no signature":     {func(r *http.Request) { r.Header.Del("Webhook-Signature") }, "{}", 401},
		"two ids":          {func(r *http.Request) { r.Header.Add("Webhook-Id", "m") }, "{}", 401},
		"no JSON":          {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, "{}", 415},
		"another method":   {func(r *http.Request) { r.Method = http.MethodGet }, "{}", 405},
		"a body too large": {func(*http.Request) {}, strings.Repeat(" ", 65<<10), 413},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader(c.body))
			r.Header.Set("Content-Type", "application/json")
			if err := signed.Sign(r.Header, encoded, "m", time.Now(), []byte("{}")); err != nil {
				t.Fatal(err)
			}
			c.change(r)
			m, err := senders(t).Read(httptest.NewRecorder(), r)
			switch {
			case c.status == 0 && (err != nil || m.ID != "m" || m.Sender.Name != "orders" || string(m.Body) != c.body):
				t.Errorf("it is %+v, %v", m, err)
			case c.status != 0 && (err == nil || problemStatus(err) != c.status):
				t.Errorf("it is %+v, %v", m, err)
			}
		})
	}
}

// problemStatus is what a problem is answered with.
func problemStatus(err error) int {
	answer := httptest.NewRecorder()
	problem.Write(answer, err)
	return answer.Code
}
