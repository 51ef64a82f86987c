package redis_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/rueidis"

	"github.com/concierge-gateway/concierge/redis"
	"github.com/concierge-gateway/concierge/redis/redistest"
)

func open(t *testing.T, change func(*redis.Config)) *redis.Client {
	t.Helper()
	config := redis.DefaultConfig()
	change(&config)
	client, err := redis.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func at(addresses ...string) func(*redis.Config) {
	return func(c *redis.Config) { c.Addresses = addresses }
}

// connect connects, and writes and reads something.
func connect(t *testing.T, client *redis.Client) rueidis.ClientMode {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	connected, err := client.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := connected.Do(ctx, connected.B().Set().Key(client.Prefix()+"key").Value("value").Build()).Error(); err != nil {
		t.Fatal(err)
	}
	return connected.Mode()
}

func TestItOpensWithoutRedisAndConnectsOnceThereIsOne(t *testing.T) {
	server := redistest.Reserve(t)
	client := open(t, at(server.Address))
	if client.Connected() != nil {
		t.Error("it is connected to nothing")
	}
	if _, err := client.Connect(t.Context()); err == nil {
		t.Error("it has connected to nothing")
	}
	server.Start()
	if mode := connect(t, client); mode != rueidis.ClientModeStandalone {
		t.Errorf("it is a %s", mode)
	}
	if client.Connected() == nil {
		t.Error("it is not connected")
	}
	server.Kill()
	server.Start()
	redistest.Await(t, "a new connection", func() bool {
		c := client.Connected()
		return c.Do(t.Context(), c.B().Ping().Build()).Error() == nil
	})
}

func TestManyWhoConnectAreOneConnection(t *testing.T) {
	server := redistest.Start(t)
	client := open(t, at(server.Address))
	var callers sync.WaitGroup
	clients := make([]rueidis.Client, 20)
	for i := range clients {
		callers.Go(func() { clients[i], _ = client.Connect(t.Context()) })
	}
	callers.Wait()
	for _, one := range clients {
		if one == nil || one != clients[0] {
			t.Fatalf("one got %v, and another %v", one, clients[0])
		}
	}
}

func TestAClusterAndASentinelAreKnown(t *testing.T) {
	nodes := redistest.Cluster(t, 3)
	if mode := connect(t, open(t, at(nodes[0].Address))); mode != rueidis.ClientModeCluster {
		t.Errorf("it is a %s", mode)
	}
	master := redistest.Start(t)
	host, port, _ := net.SplitHostPort(master.Address)
	file := filepath.Join(t.TempDir(), "sentinel.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, "sentinel monitor main %s %s 1\n", host, port), 0o600); err != nil {
		t.Fatal(err)
	}
	sentinel := redistest.Sentinel(t, file)
	client := open(t, func(c *redis.Config) {
		c.Addresses, c.Sentinel.Master = []string{sentinel.Address}, "main"
	})
	if mode := connect(t, client); mode != rueidis.ClientModeSentinel {
		t.Errorf("it is a %s", mode)
	}
	message := master.Do("GET", "concierge:key")
	if got, err := message.ToString(); err != nil || got != "value" {
		t.Errorf("the master has %q: %v", got, err)
	}
}

func TestItSpeaksTLSToAServerWhoseCertificateIsGood(t *testing.T) {
	certificate, key := selfSigned(t)
	server := redistest.Reserve(t)
	_, port, _ := net.SplitHostPort(server.Address)
	server.With("--port", "0", "--tls-port", port, "--tls-auth-clients", "no",
		"--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate)
	server.Start()
	for name, tt := range map[string]struct {
		tls  redis.TLS
		good bool
	}{
		"by its authority":       {redis.TLS{Enabled: true, CAFile: certificate, ServerName: "redis.test"}, true},
		"by another name":        {redis.TLS{Enabled: true, CAFile: certificate, ServerName: "other.test"}, false},
		"by those of the system": {redis.TLS{Enabled: true, ServerName: "redis.test"}, false},
		"without TLS":            {redis.TLS{}, false},
	} {
		client := open(t, func(c *redis.Config) { c.Addresses, c.TLS = []string{server.Address}, tt.tls })
		if _, err := client.Connect(t.Context()); (err == nil) != tt.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// selfSigned writes a certificate for redis.test and its key into files.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"redis.test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, bytes []byte) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	return write("certificate.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", secret)
}

// A server that takes connections and says nothing holds nobody up for longer than they want.
func TestItIsClosedWhileItConnects(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client := open(t, func(c *redis.Config) {
		c.Addresses, c.ConnectTimeout = []string{listener.Addr().String()}, 100*time.Millisecond
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := client.Connect(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	client.Close()
	client.Close()
	if _, err := client.Connect(t.Context()); !errors.Is(err, redis.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestMistakesInSettingsAreReported(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*redis.Config)
		want   []string
	}{
		"none":                 {at("a:1"), nil},
		"no Redis":             {at(), nil},
		"an address":           {at("a:1", "b"), []string{"addresses[1]"}},
		"no password":          {func(c *redis.Config) { c.Username = "u" }, []string{"password"}},
		"a database":           {func(c *redis.Config) { c.Database = -1 }, []string{"database"}},
		"a cluster's":          {func(c *redis.Config) { c.Addresses, c.Database = []string{"a:1", "b:1"}, 1 }, []string{"database"}},
		"braces in a prefix":   {func(c *redis.Config) { c.Prefix = "{a}" }, []string{"prefix"}},
		"no time":              {func(c *redis.Config) { c.ConnectTimeout = 0 }, []string{"connect_timeout"}},
		"half a sentinel":      {func(c *redis.Config) { c.Sentinel.Password = "p" }, []string{"sentinel.master"}},
		"a sentinel nowhere":   {func(c *redis.Config) { c.Sentinel.Master = "m" }, []string{"addresses"}},
		"TLS that is not on":   {func(c *redis.Config) { c.TLS.CAFile = "f" }, []string{"tls.enabled"}},
		"TLS with a name only": {func(c *redis.Config) { c.TLS.ServerName = "n" }, []string{"tls.enabled"}},
	} {
		config := redis.DefaultConfig()
		tt.change(&config)
		var got []string
		config.Validate(func(path, _ string) { got = append(got, path) })
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAuthoritiesThatCannotBeReadAreAnError(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{empty, empty + "not there"} {
		config := redis.DefaultConfig()
		config.Addresses, config.TLS = []string{"a:1"}, redis.TLS{Enabled: true, CAFile: file}
		if _, err := redis.Open(config); err == nil {
			t.Errorf("%s was taken", file)
		}
	}
}
