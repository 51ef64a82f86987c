package bridge

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestAHandlerMeetsARequestAsAServerWould(t *testing.T) {
	w := Within{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Seen", strings.Join([]string{r.Host, r.RequestURI, r.URL.String(), r.RemoteAddr, string(body)}, " "))
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusTeapot)
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, "short")
	})}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/mcp?a=b", strings.NewReader("sent"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := w.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	if got, want := answer.Header.Get("Seen"), "localhost /mcp?a=b /mcp?a=b 127.0.0.1:0 sent"; got != want {
		t.Errorf("it has met %q, want %q", got, want)
	}
	if answer.StatusCode != http.StatusTeapot || string(body) != "short" || answer.ContentLength != 5 {
		t.Errorf("the answer is %d %q of %d bytes", answer.StatusCode, body, answer.ContentLength)
	}
}

func TestAnAnswerThatIsGivenUpIsAnError(t *testing.T) {
	w := Within{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := w.RoundTrip(r); !errors.Is(err, errGivenUp) {
		t.Errorf("it is answered with %v, %v", answer, err)
	}
}
