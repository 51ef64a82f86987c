package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestTheAnswerIsAlwaysTheSame(t *testing.T) {
	handler := answers([]byte("{}"))
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		w := httptest.NewRecorder()
		handler(w, httptest.NewRequest(method, "/graphql", http.NoBody))
		if w.Code != http.StatusOK || w.Body.String() != "{}" || w.Header().Get("Content-Length") != "2" {
			t.Errorf("%s: %d %v %s", method, w.Code, w.Header(), w.Body)
		}
	}
}
