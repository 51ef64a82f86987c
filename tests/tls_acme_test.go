package tests

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// hostNames answers that every host has this machine's address, until the test ends.
func hostNames(t *testing.T) (address string) {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-ended })
	go func() {
		defer close(ended)
		packet := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(packet)
			if err != nil {
				return
			}
			if answer := resolve(packet[:n]); answer != nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

// resolve answers a question about a name. There are IPv4 addresses, and nothing else.
func resolve(packet []byte) []byte {
	var message dnsmessage.Message
	if message.Unpack(packet) != nil || len(message.Questions) != 1 {
		return nil
	}
	asked := message.Questions[0]
	message.Response, message.Authoritative, message.Additionals = true, true, nil
	if asked.Type == dnsmessage.TypeA {
		message.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: asked.Name, Type: asked.Type, Class: asked.Class, TTL: 1},
			Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
		}}
	}
	answer, err := message.Pack()
	if err != nil {
		return nil
	}
	return answer
}

// issuing is an ACME authority on this machine that looks itself who has a host.
type issuing struct{ directory, management string }

// pebble starts one that finds hosts by these addresses. What it issues lasts for so many seconds.
func pebble(t *testing.T, by authority, https, http string, lasts int) issuing {
	t.Helper()
	own := by.serve(t, t.TempDir(), "127.0.0.1")
	at, management := freePort(t), freePort(t)
	settings := map[string]any{
		"listenAddress": at, "managementListenAddress": management, "certificate": own.cert, "privateKey": own.key,
		"httpPort": portOf(t, http), "tlsPort": portOf(t, https), "certificateValidityPeriod": lasts,
	}
	text, err := json.Marshal(map[string]any{"pebble": settings})
	if err != nil {
		t.Fatal(err)
	}
	said := new(lines)
	process := exec.CommandContext(t.Context(), needed(t, "pebble"), "-config", newFile(t, "pebble.json", string(text)), "-dnsserver", hostNames(t))
	process.Env = []string{"PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0", "PEBBLE_AUTHZREUSE=0"}
	process.Stdout, process.Stderr = said, said
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
		if t.Failed() {
			t.Log(said)
		}
	})
	said.await(t, func(text string) bool { return strings.Contains(text, "Root CA certificate available at") })
	return issuing{"https://" + at + "/dir", "https://" + management}
}

func portOf(t *testing.T, address string) int {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if _, err := fmt.Sscan(port, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// roots are those that vouch for what it issues. They are new ones each time that it starts.
func (i issuing) roots(t *testing.T, by authority) *x509.CertPool {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: by.pool()}}}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, i.management+"/roots/0", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatal("the authority has no root")
	}
	return pool
}

func TestAnAuthorityIssuesAndRenewsCertificates(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	by, storage := newAuthority(t), t.TempDir()
	public, plain := freePort(t), freePort(t)
	const host = "shop.example"
	for _, each := range []struct {
		way, redirect string
		lasts         int
	}{
		{"tls-alpn-01", "", 6},
		{"http-01", fmt.Sprintf(", redirect: {listen: %q}", plain), 3600},
	} {
		t.Run(each.way, func(t *testing.T) {
			found := public
			if each.way == "http-01" {
				found = freePort(t) // nobody is there, so that only the other way is left
			}
			at := pebble(t, by, found, plain, each.lasts)
			yaml := strings.Replace(standard, "listen: 127.0.0.1:0", "listen: "+public, 1)
			p := start(t, with(yaml, "server", fmt.Sprintf(
				`tls: {acme: {domains: [%s], agree_to_terms: true, directory: %q, ca_file: %q, storage: %q, check_every: 1s}%s}`,
				host, at.directory, by.file, filepath.Join(storage, each.way), each.redirect,
			)))
			roots := at.roots(t, by)
			var first *x509.Certificate
			waitFor(t, func() string { return "there is no certificate:\n" + p.log.String() }, func() bool {
				shown, err := p.shownTo(t, host, roots)
				first = shown
				return err == nil
			})
			if each.lasts < 60 {
				waitFor(t, func() string { return "it is not renewed:\n" + p.log.String() }, func() bool {
					now, err := p.shownTo(t, host, roots)
					return err == nil && now.SerialNumber.Cmp(first.SerialNumber) != 0
				})
			}
			metrics := string(get(t, p.admin+"/metrics").body)
			if !strings.Contains(metrics, `concierge_tls_acme_orders_total{result="obtained"}`) {
				t.Error("the order is not counted")
			}
			if _, err := p.shownTo(t, "other.example", roots); err == nil {
				t.Error("another host has a certificate")
			}
			saysNoKeys(t, p.log.String(), filepath.Join(storage, each.way))
		})
	}
}

// saysNoKeys looks for anything of the keys in the storage, and for who can read them.
func saysNoKeys(t *testing.T, log, storage string) {
	t.Helper()
	found := 0
	err := filepath.WalkDir(storage, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".key") {
			return err
		}
		found++
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s can be read by others: %s", path, info.Mode())
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-----") && len(line) > 16 && strings.Contains(log, line) {
				t.Errorf("the log has a line of %s", path)
			}
		}
		return nil
	})
	if err != nil || found < 2 {
		t.Errorf("%d keys are in the storage: %v", found, err)
	}
}
