package listening_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/concierge-gateway/concierge/listening"
	"github.com/concierge-gateway/concierge/listening/acme"
)

func TestTheCertificateIsTheOneForTheHostThatAClientNames(t *testing.T) {
	a := newAuthority(t)
	key := elliptic256(t)
	expired := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	later := func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }
	certificates := []listening.Certificate{
		a.issue(t, key, []string{"first.example"}).into(t, t.TempDir()),
		a.issue(t, key, []string{"shop.example", "*.shop.example"}).into(t, t.TempDir()),
		a.issue(t, key, []string{"own.shop.example"}).into(t, t.TempDir()),
		a.issue(t, key, []string{"old.example", "ended.example"}, expired).into(t, t.TempDir()),
		a.issue(t, key, []string{"old.example", "new.example"}).into(t, t.TempDir()),
		a.issue(t, key, []string{"next.example", "b.example"}, later).into(t, t.TempDir()),
		a.issue(t, key, []string{"next.example", "a.example"}).into(t, t.TempDir()),
	}
	for _, unknown := range []string{"first", "refuse"} {
		opened, _ := open(t, func(c *listening.Config) { c.Certificates, c.UnknownNames = certificates, unknown })
		for _, each := range []struct{ name, want string }{
			{"first.example", "first.example"},
			{"SHOP.example", "shop.example"},
			{"a.shop.example", "shop.example"},
			{"own.shop.example", "own.shop.example"},
			{"a.b.shop.example", ""},
			{"old.example", "old.example new.example"},
			{"ended.example", "old.example ended.example"},
			{"next.example", "next.example a.example"},
			{"other.example", ""},
			{"example", ""},
			{"", ""},
		} {
			seen, err, _ := shake(t, opened.Settings(), &tls.Config{ServerName: each.name, InsecureSkipVerify: true})
			want := each.want
			switch {
			case want == "" && unknown == "refuse":
				if err == nil || !strings.Contains(err.Error(), "unrecognized name") {
					t.Errorf("%s: %q is answered with %v, want the alert unrecognized_name", unknown, each.name, err)
				}
				continue
			case want == "":
				want = "first.example"
			}
			if err != nil {
				t.Errorf("%s: %q: %v", unknown, each.name, err)
				continue
			}
			if got := strings.Join(seen.PeerCertificates[0].DNSNames, " "); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %q is shown the certificate for %s, want %s", unknown, each.name, got, want)
			}
		}
	}
}

func TestAClientGetsTheKindOfKeyThatItKnows(t *testing.T) {
	a := newAuthority(t)
	names := []string{"shop.example"}
	elliptic := a.issue(t, elliptic256(t), names).into(t, t.TempDir())
	classic := a.issue(t, rsa2048(t), names).into(t, t.TempDir())
	opened, _ := open(t, func(c *listening.Config) { c.Certificates = []listening.Certificate{elliptic, classic} })
	for _, each := range []struct {
		suite uint16
		want  x509.PublicKeyAlgorithm
	}{
		{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, x509.ECDSA},
		{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, x509.RSA},
	} {
		for _, name := range []string{"shop.example", ""} {
			seen, err, _ := shake(t, opened.Settings(), &tls.Config{
				ServerName: name, InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{each.suite},
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := seen.PeerCertificates[0].PublicKeyAlgorithm; got != each.want {
				t.Errorf("who knows %s alone gets %s, want %s", tls.CipherSuiteName(each.suite), got, each.want)
			}
		}
	}
}

func TestOldVersionsAreRefused(t *testing.T) {
	a := newAuthority(t)
	certificate := a.issue(t, elliptic256(t), []string{"shop.example"}).into(t, t.TempDir())
	for _, each := range []struct {
		least   string
		version uint16
		want    bool
	}{
		{"1.2", tls.VersionTLS11, false},
		{"1.2", tls.VersionTLS12, true},
		{"1.2", tls.VersionTLS13, true},
		{"1.3", tls.VersionTLS12, false},
		{"1.3", tls.VersionTLS13, true},
	} {
		opened, _ := open(t, func(c *listening.Config) {
			c.Certificates, c.MinVersion = []listening.Certificate{certificate}, each.least
		})
		_, err, _ := shake(t, opened.Settings(), &tls.Config{
			ServerName: "shop.example", RootCAs: a.pool(), MinVersion: tls.VersionTLS10, MaxVersion: each.version,
		})
		if (err == nil) != each.want {
			t.Errorf("from %s on, %s is answered with %v", each.least, tls.VersionName(each.version), err)
		}
	}
}

// following runs TLS for as long as a test, and gives it time to look at the files.
func following(t *testing.T, opened *listening.TLS) (look func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { opened.Run(ctx, acme.Addresses{}); close(ended) }()
	t.Cleanup(func() { stop(); <-ended })
	return func() {
		time.Sleep(3 * time.Second)
		synctest.Wait()
	}
}

func TestANewCertificateIsTakenWithItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(t)
		folder := t.TempDir()
		first, second := a.issue(t, elliptic256(t), []string{"shop.example"}), a.issue(t, elliptic256(t), []string{"shop.example"})
		files := first.into(t, folder)
		opened, registry := open(t, func(c *listening.Config) { c.Certificates = []listening.Certificate{files} })
		look := following(t, opened)
		serial := func() int64 {
			seen, err, _ := shake(t, opened.Settings(), &tls.Config{ServerName: "shop.example", RootCAs: a.pool()})
			if err != nil {
				t.Fatal(err)
			}
			return seen.PeerCertificates[0].SerialNumber.Int64()
		}
		before := serial()
		for _, each := range []struct {
			what, file string
			content    []byte
			want       int64
		}{
			{"half a certificate", files.Cert, first.cert[:100], before},
			{"a certificate without its key", files.Cert, second.cert, before},
			{"its key", files.Key, second.key, before + 1},
			{"no key", files.Key, nil, before + 1},
			{"its key again", files.Key, second.key, before + 1},
		} {
			write(t, each.file, each.content)
			look()
			if got := serial(); got != each.want {
				t.Errorf("after %s, the certificate is %d, want %d", each.what, got, each.want)
			}
		}
		want := `
			# HELP concierge_tls_certificate_reloads_total Changes of certificates' files, by whether they were taken or refused.
			# TYPE concierge_tls_certificate_reloads_total counter
			concierge_tls_certificate_reloads_total{result="refused"} 3
			concierge_tls_certificate_reloads_total{result="taken"} 2
		`
		if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "concierge_tls_certificate_reloads_total"); err != nil {
			t.Error(err)
		}
	})
}

func TestWhoIsBelievedAmongClientsFollowsTheFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newAuthority(t), newAuthority(t)
		folder := t.TempDir()
		file := folder + "/clients.pem"
		write(t, file, pemOf("CERTIFICATE", a.certificate.Raw))
		own := a.issue(t, elliptic256(t), []string{"shop.example"}).into(t, folder)
		opened, _ := open(t, func(c *listening.Config) {
			c.Certificates, c.ClientCA, c.ClientRequired = []listening.Certificate{own}, file, true
		})
		look := following(t, opened)
		accepted := func(of *authority) bool {
			made := of.issue(t, elliptic256(t), nil)
			client, err := tls.X509KeyPair(made.cert, made.key)
			if err != nil {
				t.Fatal(err)
			}
			_, err, _ = shake(t, opened.Settings(), &tls.Config{
				ServerName: "shop.example", RootCAs: a.pool(), Certificates: []tls.Certificate{client},
			})
			return err == nil
		}
		if !accepted(a) || accepted(b) {
			t.Error("not just the clients of the authority in the file are believed")
		}
		write(t, file, pemOf("CERTIFICATE", b.certificate.Raw))
		look()
		if accepted(a) || !accepted(b) {
			t.Error("the new authority is not the one that is believed")
		}
		write(t, file, []byte("nothing"))
		look()
		if accepted(a) || !accepted(b) {
			t.Error("a file without a certificate changed who is believed")
		}
	})
}

func TestEndsOfCertificatesAreShown(t *testing.T) {
	a := newAuthority(t)
	at := time.Unix(4_000_000_000, 0)
	until := func(end time.Time) func(*x509.Certificate) { return func(c *x509.Certificate) { c.NotAfter = end } }
	key := elliptic256(t)
	_, registry := open(t, func(c *listening.Config) {
		c.Certificates = []listening.Certificate{
			a.issue(t, key, []string{"shop.example"}, until(at)).into(t, t.TempDir()),
			a.issue(t, key, []string{"shop.example", "b.example"}, until(at.Add(-time.Hour))).into(t, t.TempDir()),
			a.issue(t, rsa2048(t), []string{"shop.example"}, until(at)).into(t, t.TempDir()),
			a.issue(t, key, nil, until(at)).into(t, t.TempDir()),
		}
	})
	const name = "concierge_tls_certificate_expiry_timestamp_seconds"
	want := "# HELP " + name + " When a certificate ends that clients are shown, by the first name that it is for and its kind of key.\n" +
		"# TYPE " + name + " gauge\n" +
		name + `{key="ecdsa",name="shop.example"} 3.9999964e+09` + "\n" +
		name + `{key="rsa",name="shop.example"} 4e+09` + "\n" +
		name + `{key="ecdsa",name="test"} 4e+09` + "\n"
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), name); err != nil {
		t.Error(err)
	}
}

// A ticket brings back a client that was believed when it was given.
func TestATicketDoesNotOutlastTheBeliefInAClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newAuthority(t), newAuthority(t)
		folder := t.TempDir()
		file := folder + "/clients.pem"
		write(t, file, pemOf("CERTIFICATE", a.certificate.Raw))
		own := a.issue(t, elliptic256(t), []string{"shop.example"}).into(t, folder)
		opened, _ := open(t, func(c *listening.Config) {
			c.Certificates, c.ClientCA, c.ClientRequired = []listening.Certificate{own}, file, true
		})
		look := following(t, opened)
		made := a.issue(t, elliptic256(t), nil)
		pair, err := tls.X509KeyPair(made.cert, made.key)
		if err != nil {
			t.Fatal(err)
		}
		settings := opened.Settings() // of one listener, whose tickets they are
		client := &tls.Config{
			ServerName: "shop.example", RootCAs: a.pool(), Certificates: []tls.Certificate{pair},
			ClientSessionCache: tls.NewLRUClientSessionCache(1),
		}
		for _, want := range []bool{false, true} {
			seen, err, _ := shake(t, settings, client)
			if err != nil || seen.DidResume != want {
				t.Fatalf("the ticket is taken: %t, %v", seen.DidResume, err)
			}
		}
		write(t, file, pemOf("CERTIFICATE", b.certificate.Raw))
		look()
		if seen, err, _ := shake(t, settings, client); err == nil {
			t.Errorf("a client that nobody believes any more comes in, by a ticket: %t", seen.DidResume)
		}
	})
}

// An authority that looks who has a host has no certificate to show. Whoever else offers its protocol is asked for one.
func TestAnAuthorityNeedsNoClientCertificate(t *testing.T) {
	a := newAuthority(t)
	file := t.TempDir() + "/clients.pem"
	write(t, file, pemOf("CERTIFICATE", a.certificate.Raw))
	opened, _ := open(t, func(c *listening.Config) {
		c.ClientCA, c.ClientRequired = file, true
		c.ACME.Domains, c.ACME.AgreeToTerms, c.ACME.Storage = []string{"shop.example"}, true, t.TempDir()
	})
	settings := opened.Settings()
	for _, each := range []struct {
		offers []string
		asked  bool
	}{
		{[]string{acme.Protocol}, false},
		{[]string{acme.Protocol, "h2"}, true},
		{[]string{"h2"}, true},
		{nil, true},
	} {
		its, err := settings.GetConfigForClient(&tls.ClientHelloInfo{ServerName: "shop.example", SupportedProtos: each.offers})
		if err != nil {
			t.Fatal(err)
		}
		if its == nil {
			its = settings
		}
		if asked := its.ClientAuth == tls.RequireAndVerifyClientCert; asked != each.asked {
			t.Errorf("who offers %q must show one: %t, want %t", each.offers, asked, each.asked)
		}
	}
}
