package demo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

// start runs services that end with the test.
func start(t *testing.T, opts demo.Options) *demo.Services {
	t.Helper()
	services, err := demo.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := services.Close(); err != nil {
			t.Error(err)
		}
	})
	return services
}

// reply is what came back for a request.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask sends a request to the service that the path's noun names, or to the endpoint that a full URL names.
func ask(t *testing.T, services *demo.Services, method, target, body string, header ...string) reply {
	t.Helper()
	got, err := try(t.Context(), services, method, target, body, header...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// try is ask for requests that may fail.
func try(ctx context.Context, services *demo.Services, method, target, body string, header ...string) (reply, error) {
	if strings.HasPrefix(target, "/") {
		noun, _, _ := strings.Cut(target[1:]+"?", "?")
		noun, _, _ = strings.Cut(noun, "/")
		target = services.URLs(strings.TrimSuffix(noun, "s"))[0] + target
	}
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	// One connection for each request: net/http repeats no request of a fresh one.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(got)}, err
}

// get reads a target that exists.
func get(t *testing.T, services *demo.Services, target string) string {
	t.Helper()
	got := ask(t, services, http.MethodGet, target, "")
	if got.status != http.StatusOK {
		t.Fatalf("GET %s: got status %d: %s", target, got.status, got.body)
	}
	return got.body
}

func parse[T any](t *testing.T, body string) T {
	t.Helper()
	var value T
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return value
}

func TestEachServiceHasTwoEndpointsThatAnswerTheSame(t *testing.T) {
	services := start(t, demo.Options{})
	seen := map[string]bool{}
	for service, path := range map[string]string{
		demo.User:    "/users/7",
		demo.Order:   "/orders?user_id=7",
		demo.Product: "/products?category=audio",
		demo.Payment: "/payments?order_ids=7,8",
	} {
		urls := services.URLs(service)
		if len(urls) != 2 {
			t.Fatalf("%s: got %d endpoints, want 2", service, len(urls))
		}
		answers := make([]reply, 0, len(urls))
		for _, base := range urls {
			seen[base] = true
			answer := ask(t, services, http.MethodGet, base+path, "")
			answer.header.Del("Date")
			answers = append(answers, answer)
			if got := ask(t, services, http.MethodGet, base+"/healthz", ""); got.status != http.StatusOK {
				t.Errorf("%s/healthz: got status %d, want 200", base, got.status)
			}
		}
		if diff := cmp.Diff(answers[0], answers[1], cmp.AllowUnexported(reply{})); diff != "" {
			t.Errorf("%s: the endpoints differ:\n%s", service, diff)
		}
	}
	if len(seen) != 8 {
		t.Errorf("got %d different endpoints, want 8", len(seen))
	}
}

func TestEndpointsTakeConsecutivePorts(t *testing.T) {
	first := freePorts(t, 12)
	services := start(t, demo.Options{Endpoints: 3, FirstPort: first})
	for i, service := range demo.Names() {
		for endpoint, got := range services.URLs(service) {
			if want := fmt.Sprintf("http://127.0.0.1:%d", first+3*i+endpoint); got != want {
				t.Errorf("%s: got endpoint %s, want %s", service, got, want)
			}
		}
	}
}

// freePorts finds a row of ports that are free now. It starts low, where the system takes no ports for connections.
func freePorts(t *testing.T, n int) int {
	t.Helper()
	for first := 20_000; first < 30_000; first += n {
		if allFree(t, first, n) {
			return first
		}
	}
	t.Fatal("there are no free ports")
	return 0
}

func allFree(t *testing.T, first, n int) bool {
	t.Helper()
	for port := first; port < first+n; port++ {
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			return false
		}
		listener.Close()
	}
	return true
}

func TestATakenPortStopsTheStartAndIsNamed(t *testing.T) {
	running := start(t, demo.Options{})
	base, err := url.Parse(running.URLs(demo.User)[0])
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(base.Port())
	if err != nil {
		t.Fatal(err)
	}
	services, err := demo.Start(demo.Options{FirstPort: port})
	if err == nil {
		services.Close()
		t.Fatal("got no error")
	}
	if !strings.Contains(err.Error(), base.Host) {
		t.Errorf("got %q, which does not name %s", err, base.Host)
	}
}

func TestOptionsThatCannotRunAreRefused(t *testing.T) {
	for name, opts := range map[string]demo.Options{
		"negative endpoints": {Endpoints: -1},
		"too many endpoints": {Endpoints: 65},
		"negative keys":      {MaxKeys: -1},
		"negative port":      {FirstPort: -1},
		"ports past the end": {FirstPort: 65530},
	} {
		t.Run(name, func(t *testing.T) {
			services, err := demo.Start(opts)
			if err == nil {
				services.Close()
				t.Fatal("got no error")
			}
		})
	}
}

func TestCloseEndsHangingCallsIdleConnectionsAndGoroutines(t *testing.T) {
	services, err := demo.Start(demo.Options{Record: true})
	if err != nil {
		t.Fatal(err)
	}
	services.SetFault(demo.Order, demo.Fault{Hang: true})
	services.SetFault(demo.Payment, demo.Fault{Delay: time.Hour})

	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, services.URLs(demo.User)[1]+"/users/1", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	idle, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, idle.Body)
	idle.Body.Close() // the connection stays open

	ended := make(chan error, 2)
	for _, target := range []string{"/orders/1", "/payments/1"} {
		go func() {
			_, err := try(t.Context(), services, http.MethodGet, target, "")
			ended <- err
		}()
	}
	for _, service := range []string{demo.Order, demo.Payment} {
		if err := services.AwaitInFlight(t.Context(), service, 1); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // a second Close does no harm
		if err := services.Close(); err != nil {
			t.Error(err)
		}
	}
	for range 2 {
		if err := <-ended; err == nil {
			t.Error("a call outlived the services")
		}
	}
	for _, service := range demo.Names() {
		if got := services.InFlight(service); got != 0 {
			t.Errorf("%s: got %d calls in flight, want 0", service, got)
		}
	}
	noServerGoroutines(t)
}

// noServerGoroutines waits for the last instructions of goroutines that have reported their end.
func noServerGoroutines(t *testing.T) {
	t.Helper()
	var stacks string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); runtime.Gosched() {
		buffer := make([]byte, 1<<20)
		stacks = string(buffer[:runtime.Stack(buffer, true)])
		if !regexp.MustCompile(`net/http\.\(\*(conn|Server)\)|concierge/demo\.`).MatchString(stacks) {
			return
		}
	}
	t.Errorf("goroutines are left:\n%s", stacks)
}

func TestWrapStandsBetweenFaultsAndTheService(t *testing.T) {
	services := start(t, demo.Options{Record: true, Wrap: func(service string, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Vary", service)
			next.ServeHTTP(w, r)
		})
	}})
	if got := ask(t, services, http.MethodGet, "/users/1", "").header.Get("Vary"); got != demo.User {
		t.Errorf("got Vary %q, want user", got)
	}
	services.SetFault(demo.User, demo.Fault{Status: 500})
	if got := ask(t, services, http.MethodGet, "/users/1", "").header.Get("Vary"); got != "" {
		t.Errorf("got Vary %q from a faulty service, want none", got)
	}
	if got := len(services.Calls()); got != 2 {
		t.Errorf("got %d calls, want 2", got)
	}
}

func TestTheNameOfNoServiceIsAMistakeOfTheProgram(t *testing.T) {
	services := start(t, demo.Options{})
	defer func() {
		if recover() == nil {
			t.Error("got no panic")
		}
	}()
	services.URLs("users")
}
