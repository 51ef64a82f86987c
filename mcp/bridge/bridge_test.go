package bridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// bearer is a credential that the doors of tests take.
var bearer = Credential{Field: "Authorization", Value: "Bearer good", Source: "CONCIERGE_TOKEN"}

// door is a door in this process with two tools: one says what it was told, and one waits until it is given up.
func door(t *testing.T) (d Door, waiting, givenUp chan struct{}) {
	t.Helper()
	waiting, givenUp = make(chan struct{}, 1), make(chan struct{}, 1)
	server := mcp.NewServer(&mcp.Implementation{Name: "door", Version: "1"}, &mcp.ServerOptions{Instructions: "Ask."})
	open := &mcp.Tool{Name: "echo", Description: "Says it again.", InputSchema: json.RawMessage(`{"type":"object"}`)}
	server.AddTool(open, func(_ context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if r.ClientInfo().Name != "test" {
			return nil, fmt.Errorf("the door takes the client for %s", r.ClientInfo().Name)
		}
		return &mcp.CallToolResult{StructuredContent: r.Params.Arguments, Content: []mcp.Content{&mcp.TextContent{Text: "said"}}}, nil
	})
	wait := &mcp.Tool{Name: "wait", Description: "Waits.", InputSchema: json.RawMessage(`{"type":"object"}`)}
	server.AddTool(wait, func(ctx context.Context, _ *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		waiting <- struct{}{}
		<-ctx.Done()
		givenUp <- struct{}{}
		return nil, ctx.Err()
	})
	speaks := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server },
		&mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true, PropagateRequestCancellation: true})
	guarded := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer good" {
			said(http.StatusUnauthorized, "the credential has expired", nil)(w, r)
			return
		}
		speaks.ServeHTTP(w, r)
	})
	return Door{URL: "http://localhost/mcp", Credential: bearer, Transport: Within{Handler: guarded}}, waiting, givenUp
}

// said answers each request with a problem.
func said(status int, detail string, header http.Header) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		maps.Copy(w.Header(), header)
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		told, _ := json.Marshal(map[string]string{"detail": detail, "code": "ITS_CODE"})
		_, _ = w.Write(told)
	}
}

// client is a client that speaks over pipes, and what has become of its bridge when it left.
func client(t *testing.T, d Door, version string) (session *mcp.ClientSession, err error) {
	t.Helper()
	in, toBridge := io.Pipe()
	fromBridge, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- Run(context.Background(), d, "1", in, out)
		_ = out.Close()
	}()
	t.Cleanup(func() {
		_ = toBridge.Close()
		if err := <-ended; err != nil {
			t.Errorf("the bridge ended with: %v", err)
		}
	})
	c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err = c.Connect(t.Context(), &mcp.IOTransport{Reader: fromBridge, Writer: toBridge}, &mcp.ClientSessionOptions{ProtocolVersion: version})
	if err == nil {
		t.Cleanup(func() { _ = session.Close() })
	}
	return session, err
}

func TestAClientListsAndCallsWhatTheDoorHas(t *testing.T) {
	for _, version := range mcp.SupportedProtocolVersions() {
		t.Run(version, func(t *testing.T) {
			d, _, _ := door(t)
			session, err := client(t, d, version)
			if err != nil {
				t.Fatal(err)
			}
			if got := session.InitializeResult(); got.Instructions != "Ask." || got.Capabilities.Tools == nil || got.ProtocolVersion != version {
				t.Errorf("the client is told %+v", got)
			}
			for range 2 { // the second list may be one that was kept
				list, err := session.ListTools(t.Context(), nil)
				if err != nil || len(list.Tools) != 2 || list.Tools[0].Name != "echo" || list.Tools[0].Description != "Says it again." {
					t.Fatalf("the tools are %+v, %v", list, err)
				}
			}
			sent := map[string]any{"count": 9007199254740991, "deep": map[string]any{"text": "<&>\u2028"}}
			result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "echo", Arguments: sent})
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]any{"count": 9007199254740991.0, "deep": map[string]any{"text": "<&>\u2028"}}
			if diff := cmp.Diff(any(want), result.StructuredContent); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheDoorsOwnErrorsComeThrough(t *testing.T) {
	d, _, _ := door(t)
	session, err := client(t, d, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = session.CallTool(t.Context(), &mcp.CallToolParams{Name: "nothing"})
	refused, ok := errors.AsType[*jsonrpc.Error](err)
	if !ok || refused.Code != jsonrpc.CodeInvalidParams || refused.Message != `unknown tool "nothing"` {
		t.Errorf("it fails with %v", err)
	}
	if _, err := session.ListTools(t.Context(), nil); err != nil {
		t.Errorf("the session has ended with it: %v", err)
	}
}

// Each error says what to do, tells nothing of the credential, and leaves the session as it is.
func TestWhatADoorRefusesIsAnErrorThatSaysWhatToDo(t *testing.T) {
	soon := http.Header{"Retry-After": {"7"}}
	elsewhere := http.Header{"Location": {"https://elsewhere.example/mcp"}}
	for name, each := range map[string]struct {
		answer     http.HandlerFunc
		credential Credential
		want, data string
	}{
		"no credential": {
			said(http.StatusUnauthorized, "a credential is needed", nil),
			Credential{Source: "CONCIERGE_TOKEN or CONCIERGE_API_KEY"},
			"the gateway asks who calls: give a credential in CONCIERGE_TOKEN or CONCIERGE_API_KEY, and start again", `{"status":401,"code":"ITS_CODE"}`,
		},
		"an expired credential": {
			said(http.StatusUnauthorized, "the credential has expired", nil), bearer,
			"the gateway does not take the credential in CONCIERGE_TOKEN (the credential has expired): give another, and start again",
			`{"status":401,"code":"ITS_CODE"}`,
		},
		"too many requests": {
			said(http.StatusTooManyRequests, "too many requests", soon), bearer,
			"the gateway does not answer this now (too many requests): try again in 7 seconds", `{"status":429,"code":"ITS_CODE","retryAfter":7}`,
		},
		"too much": {
			said(http.StatusRequestEntityTooLarge, "the message is too large", nil), bearer,
			"the gateway does not answer this (413): the message is too large", `{"status":413,"code":"ITS_CODE"}`,
		},
		"no door": {
			http.NotFound, bearer,
			"there is no door for agents at http://localhost/mcp: mcp.enabled opens it, at /mcp", `{"status":404}`,
		},
		"another place": {
			said(http.StatusPermanentRedirect, "", elsewhere), bearer,
			"http://localhost/mcp leads elsewhere, and a credential is not sent there: give the URL that it leads to",
			`{"status":308,"code":"ITS_CODE"}`,
		},
		"a proxy's page": {
			func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) }, bearer,
			"the gateway does not answer this (502): Bad Gateway", `{"status":502}`,
		},
		"something else": {
			func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }, bearer,
			"what answers at http://localhost/mcp is no door for agents", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var refuses atomic.Bool
			open, _, _ := door(t)
			d := Door{URL: open.URL, Credential: each.credential, Transport: Within{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if refuses.Load() {
					each.answer(w, r)
					return
				}
				r.Header.Set("Authorization", string(bearer.Value))
				open.Transport.(Within).Handler.ServeHTTP(w, r)
			})}}
			session, err := client(t, d, "")
			if err != nil {
				t.Fatal(err)
			}
			refuses.Store(true)
			_, err = session.ListTools(t.Context(), nil)
			checkRefusal(t, err, each.want, each.data)
			_, err = client(t, d, "")
			checkRefusal(t, err, each.want, each.data)
			refuses.Store(false)
			if _, err := session.ListTools(t.Context(), nil); err != nil {
				t.Errorf("the session has ended with it: %v", err)
			}
		})
	}
}

func checkRefusal(t *testing.T, err error, want, data string) {
	t.Helper()
	refused, ok := errors.AsType[*jsonrpc.Error](err)
	if !ok || refused.Code != codeRefused || refused.Message != want || string(refused.Data) != data {
		t.Errorf("it fails with %v", err)
	}
	if err != nil && strings.Contains(err.Error(), "good") {
		t.Errorf("the error tells the credential: %v", err)
	}
}

func TestADoorThatCannotBeReachedIsAskedAgain(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	d, _, _ := door(t)
	up := d.Transport
	d.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		if down.Load() {
			return nil, syscall.ECONNREFUSED
		}
		return up.RoundTrip(r)
	})
	_, err := client(t, d, "")
	checkRefusal(t, err, "the gateway at localhost cannot be reached: connection refused", "")
	down.Store(false)
	session, err := client(t, d, "")
	if err != nil {
		t.Fatal(err)
	}
	down.Store(true)
	_, err = session.CallTool(t.Context(), &mcp.CallToolParams{Name: "echo"})
	checkRefusal(t, err, "the gateway at localhost cannot be reached: connection refused", "")
	down.Store(false)
	if _, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "echo"}); err != nil {
		t.Errorf("it is not asked again: %v", err)
	}
}

type roundTripper func(r *http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A redirect would send the credential to whoever it names.
func TestACredentialIsForTheDoorAlone(t *testing.T) {
	var stolen atomic.Bool
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		stolen.Store(stolen.Load() || r.Header.Get("X-Api-Key") != "")
	}))
	defer thief.Close()
	leads := httptest.NewServer(http.RedirectHandler(thief.URL, http.StatusTemporaryRedirect))
	defer leads.Close()
	d := Door{URL: leads.URL, Credential: Credential{Field: "X-API-Key", Value: "key"}}
	if _, err := client(t, d, ""); err == nil || !strings.Contains(err.Error(), "leads elsewhere") {
		t.Errorf("it fails with %v", err)
	}
	if stolen.Load() {
		t.Error("the key has gone elsewhere")
	}
}

func TestACallIsGivenUpWithItsClient(t *testing.T) {
	for name, leave := range map[string]func(stop context.CancelFunc, in *io.PipeWriter){
		"by the end of the input": func(_ context.CancelFunc, in *io.PipeWriter) { _ = in.Close() },
		"by a signal":             func(stop context.CancelFunc, _ *io.PipeWriter) { stop() },
		"by a word": func(stop context.CancelFunc, in *io.PipeWriter) {
			_, _ = io.WriteString(in, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}`+"\n")
			context.AfterFunc(context.Background(), stop)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, waiting, givenUp := door(t)
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				in, toBridge := io.Pipe()
				ended := make(chan error)
				go func() { ended <- Run(ctx, d, "1", in, io.Discard) }()
				for _, line := range []string{
					`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`,
					`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
					`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"wait"}}`,
				} {
					_, _ = io.WriteString(toBridge, line+"\n")
				}
				<-waiting
				leave(stop, toBridge)
				<-givenUp
				stop()
				if err := <-ended; err != nil {
					t.Errorf("it ends with %v", err)
				}
				_ = toBridge.Close()
			})
		})
	}
}

func TestABridgeEndsWithItsReader(t *testing.T) {
	d, _, _ := door(t)
	in, toBridge := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Run(t.Context(), d, "1", in, broken{}) }()
	_, _ = io.WriteString(toBridge, `{"jsonrpc":"2.0","id":1,"method":"ping"}`+"\n")
	if err := <-ended; err != nil {
		t.Errorf("it ends with %v", err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestABridgeSaysThatItsInputIsNoProtocol(t *testing.T) {
	d, _, _ := door(t)
	var out strings.Builder
	err := Run(t.Context(), d, "1", strings.NewReader("hello\n"), &out)
	if err == nil || !strings.HasPrefix(err.Error(), "read messages of a client: ") || out.Len() > 0 {
		t.Errorf("it ends with %v and writes %q", err, out.String())
	}
}
