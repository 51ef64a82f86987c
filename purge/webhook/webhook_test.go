package webhook_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/purge/webhook"
	"github.com/concierge-gateway/concierge/secret"
)

const (
	raw     = "a secret of the product service"
	next    = "the next one of the product service"
	encoded = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // the example of Standard Webhooks
)

func config() webhook.Config {
	return webhook.Config{Path: "/purge", Senders: []webhook.Sender{
		{Name: "catalogue", Secrets: []secret.Text{raw, next}, Upstreams: []string{"product"}},
		{Name: "accounts", Secrets: []secret.Text{encoded}, Upstreams: []string{"user", "order"}},
	}}
}

// setting is a handler and what comes of it.
type setting struct {
	*webhook.Handler
	purges *purge.Log
	log    bytes.Buffer
}

func open(t testing.TB) *setting {
	t.Helper()
	s := &setting{purges: purge.NewLog(100, nil)}
	names := purge.Names{
		Services: []string{"product", "user", "order"},
		Types:    map[string]purge.RecordType{"Product": {Service: "product", Member: "id", Path: "/products"}, "User": {Service: "user", Member: "id"}},
	}
	handler, err := webhook.New(config(), s.purges, names, slog.New(slog.NewTextHandler(&s.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	s.Handler = handler
	return s
}

func (s *setting) answer(r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, r)
	return answer
}

func (s *setting) purged() bool { return s.purges.Now().Local > 0 || s.log.Len() > 0 }

// sign is a signature as Standard Webhooks has it, written anew.
func sign(key, id, timestamp, body string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(id + "." + timestamp + "." + body))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func message(id, timestamp, signatures, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/purge", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", timestamp)
	r.Header.Set("Webhook-Signature", signatures)
	return r
}

func now() string { return strconv.FormatInt(time.Now().Unix(), 10) }

func signed(key, body string) *http.Request {
	at := now()
	return message("msg_1", at, sign(key, "msg_1", at, body), body)
}

func decoded() string {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(encoded, "whsec_"))
	return string(key)
}

func TestASenderPurgesWhatItsServicesHaveAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		request *http.Request
		tags    []purge.Tag
		sender  string
	}{
		"a service":          {signed(raw, `{"upstream":"product"}`), []purge.Tag{purge.Service("product")}, "catalogue"},
		"a record":           {signed(raw, `{"type":"Product","id":"7"}`), []purge.Tag{purge.Record("product", "id", 7)}, "catalogue"},
		"by the next secret": {signed(next, `{"upstream":"product","path":"/a"}`), []purge.Tag{purge.Path("product", "/a")}, "catalogue"},
		"several": {
			signed(decoded(), `{"purges":[{"upstream":"user","group":"g"},{"upstream":"order"}]}`),
			[]purge.Tag{purge.Group("user", "g"), purge.Service("order")},
			"accounts",
		},
	} {
		s := open(t)
		since := s.purges.Now()
		answer := s.answer(c.request)
		if answer.Code != http.StatusOK || answer.Body.String() != `{"purged":`+strconv.Itoa(len(c.tags))+"}\n" {
			t.Errorf("%s: the answer is %d %s", name, answer.Code, answer.Body)
		}
		for _, tag := range c.tags {
			if s.purges.Holds(since, time.Time{}, []purge.Tag{tag}) {
				t.Errorf("%s: it was not purged", name)
			}
		}
		if got := strings.Count(s.log.String(), "msg=purged by=webhook sender="+c.sender); got != len(c.tags) {
			t.Errorf("%s: the log says %s", name, s.log.String())
		}
	}
}

func TestASenderPurgesNothingElse(t *testing.T) {
	for name, body := range map[string]string{
		"all":                    `{"all":true}`,
		"another's service":      `{"upstream":"user"}`,
		"another's record":       `{"type":"User","id":"1"}`,
		"another's with its own": `{"purges":[{"upstream":"product"},{"upstream":"user"}]}`,
		"all with its own":       `{"purges":[{"upstream":"product"},{"all":true}]}`,
	} {
		s := open(t)
		if answer := s.answer(signed(raw, body)); answer.Code != http.StatusForbidden || s.purged() {
			t.Errorf("%s: the answer is %d %s, the log %s", name, answer.Code, answer.Body, s.log.String())
		}
	}
}

func TestWhatIsNotSignedRightIsRefusedAlike(t *testing.T) {
	at, body := now(), `{"upstream":"product"}`
	right := sign(raw, "msg_1", at, body)
	plain := httptest.NewRequest(http.MethodPost, "/purge", strings.NewReader(body))
	plain.Header.Set("Content-Type", "application/json")
	twice := message("msg_1", at, right, body)
	twice.Header.Add("Webhook-Signature", right)
	untyped := message("msg_1", at, sign("another secret that is long enough", "msg_1", at, body), body)
	untyped.Header.Del("Content-Type")
	var refusal string
	for name, r := range map[string]*http.Request{
		"no signature at all":       plain,
		"an empty signature":        message("msg_1", at, "", body),
		"a wrong secret":            signed("another secret that is long enough", body),
		"the marked secret as text": signed(encoded, body),
		"another body":              message("msg_1", at, right, `{"upstream":"user"}`),
		"a longer body":             message("msg_1", at, right, body+" "),
		"another id":                message("msg_2", at, right, body),
		"another time":              message("msg_1", at+"0", right, body),
		"no id":                     message("", at, sign(raw, "", at, body), body),
		"a long id":                 message(strings.Repeat("a", 257), at, sign(raw, strings.Repeat("a", 257), at, body), body),
		"no time":                   message("msg_1", "", sign(raw, "msg_1", "", body), body),
		"a time that is none":       message("msg_1", "+"+at, sign(raw, "msg_1", "+"+at, body), body),
		"a negative time":           message("msg_1", "-1", sign(raw, "msg_1", "-1", body), body),
		"a time out of range":       message("msg_1", "9223372036854775807", sign(raw, "msg_1", "9223372036854775807", body), body),
		"another version":           message("msg_1", at, "v2,"+right[3:], body),
		"no version":                message("msg_1", at, right[3:], body),
		"a cut signature":           message("msg_1", at, right[:len(right)-4], body),
		"a signature of no base64":  message("msg_1", at, "v1,"+strings.Repeat("!", 44), body),
		"one after too many":        message("msg_1", at, strings.Repeat(sign(next, "x", at, body)+" ", 8)+right, body),
		"two fields":                twice,
		"no type":                   untyped,
	} {
		s := open(t)
		answer := s.answer(r)
		if answer.Code != http.StatusUnauthorized || s.purged() || answer.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s: the answer is %d %s", name, answer.Code, answer.Body)
		}
		if refusal == "" {
			refusal = answer.Body.String()
		}
		if diff := cmp.Diff(refusal, answer.Body.String()); diff != "" {
			t.Errorf("%s: the refusal says why:\n%s", name, diff)
		}
	}
}

func TestOneRightSignatureAmongOthersIsEnough(t *testing.T) {
	at, body := now(), `{"upstream":"product"}`
	others := sign("another secret that is long enough", "msg_1", at, body) + " v1a,abcd  v1,short "
	s := open(t)
	if answer := s.answer(message("msg_1", at, others+sign(next, "msg_1", at, body), body)); answer.Code != http.StatusOK {
		t.Errorf("the answer is %d %s", answer.Code, answer.Body)
	}
}

// The vector is that of the specification's libraries.
func TestTheSignatureIsThatOfStandardWebhooks(t *testing.T) {
	got := sign(decoded(), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`)
	if got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("it is %s", got)
	}
}

func TestAMessageIsTakenWhileItIsYoung(t *testing.T) {
	for name, c := range map[string]struct {
		age    time.Duration
		status int
	}{
		"at once":            {0, http.StatusOK},
		"at its end":         {5 * time.Minute, http.StatusOK},
		"too late":           {5*time.Minute + time.Second, http.StatusUnauthorized},
		"from a fast clock":  {-5 * time.Minute, http.StatusOK},
		"from another world": {-5*time.Minute - time.Second, http.StatusUnauthorized},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := open(t)
			at, body := strconv.FormatInt(time.Now().Add(-c.age).Unix(), 10), `{"upstream":"product"}`
			for range 2 { // it may come again
				if answer := s.answer(message("msg_1", at, sign(raw, "msg_1", at, body), body)); answer.Code != c.status {
					t.Errorf("%s: the answer is %d, want %d", name, answer.Code, c.status)
				}
			}
		})
	}
}

func TestASignedMessageMustStillBeARequest(t *testing.T) {
	long := signed(raw, `{"upstream":"product"`+strings.Repeat(" ", 64<<10)+`}`)
	text := signed(raw, `{"upstream":"product"}`)
	text.Header.Set("Content-Type", "text/plain")
	get := signed(raw, "")
	get.Method = http.MethodGet
	for name, c := range map[string]struct {
		request *http.Request
		status  int
	}{
		"too long":        {long, http.StatusRequestEntityTooLarge},
		"no JSON":         {text, http.StatusUnsupportedMediaType},
		"a GET":           {get, http.StatusMethodNotAllowed},
		"an unknown name": {signed(raw, `{"upstream":"x"}`), http.StatusBadRequest},
		"empty":           {signed(raw, ``), http.StatusBadRequest},
	} {
		s := open(t)
		if answer := s.answer(c.request); answer.Code != c.status || s.purged() {
			t.Errorf("%s: the answer is %d %s", name, answer.Code, answer.Body)
		}
	}
}
