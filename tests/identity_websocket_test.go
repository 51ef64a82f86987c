package tests

import (
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// Browsers let every page open a WebSocket, with cookies and without a question before it: the gateway asks which page it is.
func TestAWebSocketIsOpenedForPagesThatMay(t *testing.T) {
	yaml := with(rawConfig(rawRoutes, talking(t, echo)), "server", `cors: {allowed_origins: ["https://shop.example"]}`)
	s := startRaw(t, with(yaml, "auth", "cookie: {name: token}"))
	own := s.public
	for name, c := range map[string]struct {
		origin string
		want   int
	}{
		"no page":               {"", 101},
		"a page of its own":     {own, 101},
		"a page that is listed": {"https://shop.example", 101},
		"a stranger":            {"https://evil.example", 403},
		"a name that begins":    {"https://shop.example.evil.example", 403},
		"without TLS":           {"http://shop.example", 403},
		"of another port":       {own + "1", 403},
		"of nowhere":            {"null", 403},
	} {
		t.Run(name, func(t *testing.T) {
			for credential, fields := range map[string]http.Header{
				"nothing":  {},
				"a token":  {"Authorization": {s.writer(t)}},
				"a cookie": {"Cookie": {"token=" + strings.TrimPrefix(s.writer(t), "Bearer ")}, "X-Concierge-Csrf": {"1"}},
			} {
				if c.origin != "" {
					fields.Set("Origin", c.origin)
				}
				conn, res, err := s.call(t, "/socket", &websocket.DialOptions{HTTPHeader: fields})
				if res == nil || res.StatusCode != c.want {
					t.Fatalf("with %s, it is answered with %v, %v, want %d", credential, res, err, c.want)
				}
				if c.want == http.StatusSwitchingProtocols {
					says(t, conn, websocket.MessageText, []byte("hello"))
				}
			}
		})
	}
}
