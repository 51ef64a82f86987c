package discovery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"golang.org/x/net/dns/dnsmessage"
)

// addresses is a set as it reads.
func addresses(all ...string) (parsed []netip.Addr) {
	for _, each := range all {
		parsed = append(parsed, netip.MustParseAddr(each))
	}
	return parsed
}

var compareAddrs = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

// asking is the default configuration, for a server of the test.
func asking(s *server) Config {
	config := DefaultConfig()
	config.Server = s.address
	return config
}

func newResolver(config Config) *Resolver {
	return New("user", config, NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
}

func TestAnAnswerHoldsForItsLeastTTL(t *testing.T) {
	for _, test := range []struct {
		name string
		zone zone
		want time.Duration
	}{
		{"one record", zone{address("user.test.", 7, "192.0.2.1")}, 7 * time.Second},
		{"several", zone{address("user.test.", 9, "192.0.2.1"), address("user.test.", 4, "192.0.2.2")}, 4 * time.Second},
		{"an alias that changes soon", zone{
			alias("user.test.", 3, "a.test."), alias("a.test.", 12, "b.test."), address("b.test.", 20, "192.0.2.1"),
		}, 3 * time.Second},
		{"an alias that stays", zone{
			alias("user.test.", 25, "a.test."), alias("a.test.", 12, "b.test."), address("b.test.", 20, "192.0.2.1"),
		}, 12 * time.Second},
		{"none at all", zone{address("user.test.", 0, "192.0.2.1")}, time.Second},
		{"longer than is let", zone{address("user.test.", 86400, "192.0.2.1")}, 30 * time.Second},
		{"the longest there is", zone{address("user.test.", 1<<32-1, "192.0.2.1")}, 30 * time.Second},
		{"IPv6 alone", zone{address("user.test.", 8, "2001:db8::1")}, 8 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, test.zone.answer)
			answer, err := newResolver(asking(s)).Lookup(t.Context(), "user.test.")
			if err != nil || answer.TTL != test.want {
				t.Errorf("Lookup = %v, %v, want a TTL of %v", answer, err, test.want)
			}
		})
	}
}

func TestAnAnswerThatDoesNotFitComesOverTCP(t *testing.T) {
	var all zone
	for i := range 150 {
		all = append(all, address("user.test.", uint32(300-i%2*289), fmt.Sprintf("192.0.2.%d", 200-i)))
	}
	all = append(all, all[130:]...) // some twice
	s := newServer(t, func(question dnsmessage.Message, tcp bool) [][]byte {
		if !tcp {
			return truncated(question)
		}
		return all.answer(question, tcp)
	})
	answer, err := newResolver(asking(s)).Lookup(t.Context(), "user.test.")
	if err != nil {
		t.Fatal(err)
	}
	want := Answer{TTL: 11 * time.Second}
	for i := range maxAddresses {
		want.Addresses = append(want.Addresses, netip.AddrFrom4([4]byte{192, 0, 2, byte(51 + i)}))
	}
	if diff := cmp.Diff(want, answer, compareAddrs); diff != "" {
		t.Errorf("wrong answer (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"A user.test.", "A user.test. tcp"}, s.questions()); diff != "" {
		t.Errorf("wrong questions (-want +got):\n%s", diff)
	}
}

func TestEachFamilyIsAskedForAsConfigured(t *testing.T) {
	names := zone{
		address("dual.test.", 60, "192.0.2.2"), address("dual.test.", 60, "192.0.2.1"), address("dual.test.", 60, "2001:db8::1"),
		address("four.test.", 60, "192.0.2.4"),
		address("six.test.", 60, "2001:db8::6"),
	}
	only := func(question dnsmessage.Message, tcp bool) [][]byte {
		var its zone
		for _, each := range names {
			if each.Header.Name == question.Questions[0].Name {
				its = append(its, each)
			}
		}
		return its.answer(question, tcp)
	}
	for _, test := range []struct {
		family Family
		host   string
		want   []netip.Addr
		asked  string
	}{
		{Auto, "dual.test.", addresses("192.0.2.1", "192.0.2.2"), "A"},
		{Auto, "four.test.", addresses("192.0.2.4"), "A"},
		{Auto, "six.test.", addresses("2001:db8::6"), "A AAAA"},
		{IPv4, "dual.test.", addresses("192.0.2.1", "192.0.2.2"), "A"},
		{IPv4, "six.test.", nil, "A"},
		{IPv6, "dual.test.", addresses("2001:db8::1"), "AAAA"},
		{IPv6, "four.test.", nil, "AAAA"},
		{Both, "dual.test.", addresses("192.0.2.1", "192.0.2.2", "2001:db8::1"), "A AAAA"},
		{Both, "four.test.", addresses("192.0.2.4"), "A AAAA"},
		{Both, "six.test.", addresses("2001:db8::6"), "A AAAA"},
		{Both, "none.test.", nil, "A AAAA"},
	} {
		t.Run(fmt.Sprintf("%s of %s", test.family, test.host), func(t *testing.T) {
			s := newServer(t, only)
			config := asking(s)
			config.Family = test.family
			answer, err := newResolver(config).Lookup(t.Context(), test.host)
			if (err != nil) != (test.want == nil) {
				t.Errorf("Lookup failed with %v", err)
			}
			if diff := cmp.Diff(test.want, answer.Addresses, compareAddrs); diff != "" {
				t.Errorf("wrong addresses (-want +got):\n%s", diff)
			}
			var asked []string
			for _, question := range s.questions() {
				kind, _, _ := strings.Cut(question, " ")
				asked = append(asked, kind)
			}
			if got := strings.Join(asked, " "); got != test.asked {
				t.Errorf("it asked for %s, want %s", got, test.asked)
			}
		})
	}
}

// A name with both families must not turn into one with IPv6 alone because of one answer that failed.
func TestAFamilyThatFailsFailsTheLookup(t *testing.T) {
	names := zone{address("dual.test.", 60, "192.0.2.1"), address("dual.test.", 60, "2001:db8::1")}
	for _, test := range []struct {
		family  Family
		failing dnsmessage.Type
		fails   bool
	}{
		{Auto, dnsmessage.TypeA, true},
		{Auto, dnsmessage.TypeAAAA, false},
		{Both, dnsmessage.TypeA, true},
		{Both, dnsmessage.TypeAAAA, true},
	} {
		s := newServer(t, func(question dnsmessage.Message, tcp bool) [][]byte {
			if question.Questions[0].Type == test.failing {
				return serverFailure(question, tcp)
			}
			return names.answer(question, tcp)
		})
		config := asking(s)
		config.Family = test.family
		if answer, err := newResolver(config).Lookup(t.Context(), "dual.test."); (err != nil) != test.fails {
			t.Errorf("%s, while %s fails: Lookup = %v, %v", test.family, test.failing, answer, err)
		}
	}
}

func TestAnAddressIsItsOwnAnswer(t *testing.T) {
	s := newServer(t, silence)
	config := asking(s)
	config.Family = IPv4
	for host, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "2001:db8::1": "2001:db8::1", "fe80::1%eth0": "fe80::1%eth0", "::ffff:192.0.2.1": "192.0.2.1",
	} {
		answer, err := newResolver(config).Lookup(t.Context(), host)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(Answer{Addresses: addresses(want), TTL: config.MaxTTL}, answer, compareAddrs); diff != "" {
			t.Errorf("%s: wrong answer (-want +got):\n%s", host, diff)
		}
	}
	if asked := s.questions(); len(asked) != 0 {
		t.Errorf("it asked %q for addresses", asked)
	}
}

func TestWhatTheHostsFileSaysHoldsForTheLongestTTL(t *testing.T) {
	hosts, err := os.ReadFile("/etc/hosts")
	if err != nil || !regexp.MustCompile(`(?m)^127\.0\.0\.1\s.*\blocalhost\b`).Match(hosts) {
		t.Skip("/etc/hosts does not know localhost")
	}
	config := asking(newServer(t, silence))
	answer, err := newResolver(config).Lookup(t.Context(), "localhost")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Answer{Addresses: addresses("127.0.0.1"), TTL: config.MaxTTL}, answer, compareAddrs); diff != "" {
		t.Errorf("wrong answer (-want +got):\n%s", diff)
	}
}

func TestErrorsSayWhichHostAndWhichServer(t *testing.T) {
	s := newServer(t, zone{}.answer)
	_, err := newResolver(asking(s)).Lookup(t.Context(), "user.test.")
	if want := "lookup user.test. on " + s.address + ": no such host"; err == nil || err.Error() != want {
		t.Errorf("Lookup failed with %v, want %s", err, want)
	}
	if answer, ok := errors.AsType[*net.DNSError](err); !ok || !answer.IsNotFound {
		t.Errorf("the error %v does not say that the host is not there", err)
	}

	s.serve(silence)
	config := asking(s)
	config.Timeout = 3 * time.Millisecond
	if _, err = newResolver(config).Lookup(t.Context(), "user.test."); err == nil || !strings.Contains(err.Error(), "user.test.") {
		t.Errorf("Lookup of a silent server failed with %v", err)
	}
}

func TestALookupEndsWithItsTimeout(t *testing.T) {
	q := question{Config{Server: newServer(t, silence).address}, new(leastTTL)}
	q.config.Timeout = time.Hour // of its tries
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, errors.New("no answer within 1ms"))
	defer cancel()
	_, err := q.ask(ctx, "user.test.")
	if want := "look up user.test.: no answer within 1ms"; err == nil || err.Error() != want {
		t.Errorf("ask failed with %v, want %s", err, want)
	}
}

func TestALookupEndsWithItsCaller(t *testing.T) {
	s := newServer(t, silence)
	config := asking(s)
	config.Timeout = time.Hour
	metrics := NewMetrics(prometheus.NewRegistry())
	ctx, leave := context.WithCancel(t.Context())
	go func() {
		<-s.asked
		leave()
	}()
	_, err := New("user", config, metrics, slog.New(slog.DiscardHandler)).Lookup(ctx, "user.test.")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Lookup failed with %v, want that it was cancelled", err)
	}
	if failed := testutil.ToFloat64(metrics.of("user").failed); failed != 0 {
		t.Errorf("a caller who left counts as %v failed look-ups", failed)
	}
}

func TestGarbageBeforeAnAnswerIsPassedOver(t *testing.T) {
	names := zone{address("user.test.", 7, "192.0.2.1")}
	s := newServer(t, func(question dnsmessage.Message, tcp bool) [][]byte {
		forged := replyTo(question, dnsmessage.RCodeNameError)
		forged.ID++
		messages := [][]byte{{}, {1}, []byte("no DNS at all, and quite long for it")}
		return append(append(messages, packed(forged)...), names.answer(question, tcp)...)
	})
	answer, err := newResolver(asking(s)).Lookup(t.Context(), "user.test.")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Answer{Addresses: addresses("192.0.2.1"), TTL: 7 * time.Second}, answer, compareAddrs); diff != "" {
		t.Errorf("wrong answer (-want +got):\n%s", diff)
	}
}

func TestGarbageIsAnErrorAndNoMore(t *testing.T) {
	for name, answers := range map[string]handler{
		"over UDP": garbage,
		"over TCP": func(question dnsmessage.Message, tcp bool) [][]byte {
			if !tcp {
				return truncated(question)
			}
			return garbage(question, tcp)
		},
		"no end": func(question dnsmessage.Message, tcp bool) [][]byte {
			if !tcp {
				return truncated(question)
			}
			return [][]byte{make([]byte, 65535)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			if answer, err := newResolver(asking(newServer(t, answers))).Lookup(t.Context(), "user.test."); err == nil {
				t.Errorf("Lookup = %v, want an error", answer)
			}
		})
	}
}

func TestLookupsAreCountedByHowTheyEnded(t *testing.T) {
	s := newServer(t, zone{address("user.test.", 7, "192.0.2.1")}.answer)
	registry := prometheus.NewRegistry()
	r := New("user", asking(s), NewMetrics(registry), slog.New(slog.DiscardHandler))
	for _, host := range []string{"user.test.", "user.test.", "order.test.", "192.0.2.1"} {
		r.Lookup(t.Context(), host)
	}
	want := `
# HELP concierge_upstream_lookups_total Look-ups of services' host names: ok, failed.
# TYPE concierge_upstream_lookups_total counter
concierge_upstream_lookups_total{result="failed",service="user"} 1
concierge_upstream_lookups_total{result="ok",service="user"} 2
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}

func TestWhichErrorsMeanThatThereIsNoSuchAddress(t *testing.T) {
	for _, test := range []struct {
		err  error
		want bool
	}{
		{&net.DNSError{IsNotFound: true}, true},
		{&net.AddrError{Err: "no suitable address found"}, true}, // from /etc/hosts
		{&net.DNSError{IsTemporary: true}, false},
		{&net.DNSError{IsTimeout: true}, false},
		{context.DeadlineExceeded, false},
	} {
		if got := absent(test.err); got != test.want {
			t.Errorf("absent(%#v) = %v", test.err, got)
		}
	}
}
