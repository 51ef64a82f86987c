package demo_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

func TestAStoppedEndpointIsNotThereAndTheOtherIs(t *testing.T) {
	services := start(t, demo.Options{})
	first, second := services.URLs(demo.User)[0], services.URLs(demo.User)[1]
	for range 2 { // a second Stop does no harm
		services.Stop(demo.User, 0)
	}
	if _, err := try(t.Context(), services, http.MethodGet, first+"/users/1", ""); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want a refused connection", err)
	}
	get(t, services, second+"/users/1")
	if got := services.URLs(demo.User)[0]; got != first {
		t.Errorf("got the address %s, want %s as before", got, first)
	}
}

func TestARestartedEndpointServesAtTheSameAddress(t *testing.T) {
	services := start(t, demo.Options{})
	first := services.URLs(demo.User)[0]
	for range 3 {
		services.Stop(demo.User, 0)
		for range 2 { // a second Restart does no harm
			if err := services.Restart(demo.User, 0); err != nil {
				t.Fatal(err)
			}
		}
		get(t, services, first+"/users/1")
	}
}

func TestStopResetsConnectionsAndCutsCallsOff(t *testing.T) {
	services := start(t, demo.Options{})
	idle := dial(t, services.URLs(demo.Order)[0])
	services.SetFault(demo.Order, demo.Fault{Stall: true})
	ended := make(chan error)
	go func() {
		_, err := try(t.Context(), services, http.MethodGet, "/orders/1", "")
		ended <- err
	}()
	if err := services.AwaitInFlight(t.Context(), demo.Order, 1); err != nil {
		t.Fatal(err)
	}
	services.Stop(demo.Order, 0)
	if got := services.InFlight(demo.Order); got != 0 {
		t.Errorf("got %d calls in flight after Stop, want 0", got)
	}
	if err := <-ended; err == nil {
		t.Error("the call was answered")
	}
	if _, err := io.ReadAll(idle); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("an idle connection ended with %v, want a reset", err)
	}
}

// dial opens a connection that the endpoint has seen.
func dial(t *testing.T, url string) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: demo\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1<<10)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestARestartWaitsForItsPort(t *testing.T) {
	services := start(t, demo.Options{})
	restart := func() (restarted chan error) {
		restarted = make(chan error, 1)
		go func() { restarted <- services.Restart(demo.Payment, 1) }()
		return restarted
	}
	take := func() net.Listener {
		services.Stop(demo.Payment, 1)
		address := strings.TrimPrefix(services.URLs(demo.Payment)[1], "http://")
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		return listener
	}
	thief := take()
	restarted := restart()
	thief.Close()
	if err := <-restarted; err != nil {
		t.Error(err)
	}
	defer take().Close()
	restarted = restart()
	if err := services.Close(); err != nil {
		t.Error(err)
	}
	if err := <-restarted; err == nil || !strings.Contains(err.Error(), "endpoint 1 of the payment service") {
		t.Errorf("got %v, want which endpoint it was", err)
	}
}

func TestClosedServicesDoNotRunAgain(t *testing.T) {
	services := start(t, demo.Options{})
	services.Stop(demo.User, 0)
	if err := services.Close(); err != nil {
		t.Error(err)
	}
	services.Stop(demo.User, 1)
	for endpoint := range services.URLs(demo.User) {
		if err := services.Restart(demo.User, endpoint); err == nil {
			t.Errorf("endpoint %d runs again", endpoint)
		}
	}
	noServerGoroutines(t)
}

func TestEndpointsStopAndRestartWhileTheyAreCalledAndClosed(t *testing.T) {
	services := start(t, demo.Options{Endpoints: 3})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	var busy sync.WaitGroup
	for endpoint, url := range services.URLs(demo.Product) {
		busy.Go(func() {
			for range 20 {
				services.Stop(demo.Product, endpoint)
				if services.Restart(demo.Product, endpoint) != nil {
					return // they are closed
				}
			}
			_ = services.Close()
		})
		busy.Go(func() {
			for range 50 {
				_, _ = try(ctx, services, http.MethodGet, url+"/products/1", "")
			}
		})
	}
	busy.Wait()
	noServerGoroutines(t)
}

func TestAnEndpointOfNoSuchNumberIsAMistakeOfTheProgram(t *testing.T) {
	services := start(t, demo.Options{})
	defer func() {
		if recover() == nil {
			t.Error("got no panic")
		}
	}()
	services.Stop(demo.User, 2)
}
