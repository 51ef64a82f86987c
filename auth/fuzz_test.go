package auth

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/introspection"
)

// knowsNone is an issuer that knows no token.
type knowsNone struct{}

func (knowsNone) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Request: r,
		Body: io.NopCloser(strings.NewReader(`{"active":false}`)),
	}, nil
}

// strangers is what somebody else has issued.
func strangers(f *testing.F) (text, key string) {
	f.Helper()
	c, _, _ := known(f)
	c.Issuers[0].Keys.Secret = "another secret of 32 bytes and a few more"
	text, err := Sign(c, "7", nil, 1000*time.Hour, time.Now())
	if err != nil {
		f.Fatal(err)
	}
	key, _, err = apikey.Generate("nightly")
	if err != nil {
		f.Fatal(err)
	}
	return text, key
}

// The fields that come, as bits.
const (
	hasToken = 1 << iota
	hasSecondToken
	hasKey
	hasSecondKey
	hasCookie
	byOwnPage
)

func credentials(authorization, key, cookie string, fields uint8) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	for _, each := range []struct {
		bit         uint8
		name, value string
	}{
		{hasToken, "Authorization", authorization},
		{hasSecondToken, "Authorization", authorization},
		{hasKey, "X-Api-Key", key},
		{hasSecondKey, "X-Api-Key", key},
		{hasCookie, "Cookie", cookie},
		{byOwnPage, "Sec-Fetch-Site", "same-origin"},
	} {
		if fields&each.bit != 0 {
			r.Header[each.name] = append(r.Header[each.name], each.value)
		}
	}
	return r
}

// FuzzCredentials checks that no text names a caller that nobody has signed or issued, in whichever fields it comes, and that
// whoever shows something for a credential is not taken for one who shows none.
func FuzzCredentials(f *testing.F) {
	text, key := strangers(f)
	f.Add("Bearer "+text, key, "token="+text, uint8(hasToken))
	f.Add("bearer  "+text, key, "token="+text, uint8(hasToken|hasSecondToken))
	f.Add("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiI3IiwiZXhwIjo5OTk5OTk5OTk5fQ.", key, "token=x; token=y", uint8(hasKey))
	f.Add("Bearer opaque-_~+/==", key+"A", "token=\"x\"", uint8(hasKey|hasSecondKey))
	f.Add("Basic YTpi", "cgk_nightly_", "token=a.b.c", uint8(hasCookie|byOwnPage))
	f.Add("", "", "token", uint8(hasCookie))
	f.Add("", "", "a=b; token=", uint8(hasToken|hasKey|hasCookie))
	c, _, _ := known(f)
	c.Anonymous = true
	c = asking(c)
	a := opened(f, c)
	var err error
	a.introspection, err = introspection.New(
		c.Introspection, &http.Client{Transport: knowsNone{}}, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, authorization, key, cookie string, fields uint8) {
		r := credentials(authorization, key, cookie, fields)
		caller, grant, result := a.caller(r)
		switch {
		case result == accepted || grant.Subject != "" || grant.Token != nil || !caller.Anonymous():
			t.Fatalf("%s: %+v", result, caller)
		case fields&(hasToken|hasSecondToken|hasKey|hasSecondKey) != 0 && result != invalid && result != expired:
			t.Fatalf("%q for a request that shows something", result)
		case result == unavailable || result == revoked || result == missing:
			t.Fatalf("%q where nothing is", result)
		}
		w := httptest.NewRecorder()
		a.Middleware(http.NotFoundHandler()).ServeHTTP(w, r)
		if let := w.Code == http.StatusNotFound; let != (result == anonymous) {
			t.Fatalf("%s, and yet answered with %d", result, w.Code)
		}
	})
}
