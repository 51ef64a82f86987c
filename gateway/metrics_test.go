package gateway

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/telemetry"
	"github.com/concierge-gateway/concierge/web"
)

// everything switches on whatever counts something.
const everything = `
server:
  tls:
    certificates: [{cert: "CERT", key: "KEY"}]
    acme: {domains: [shop.example], agree_to_terms: true, storage: "STORAGE"}
  http3: {enabled: true}
  proxy_protocol: {from: [10.0.0.0/8]}
graphql:
  persisted: {trusted: {manifests: [{path: "OPERATIONS"}]}}
mcp: {enabled: true}
auth:
  shared_subjects: true
  issuers: [{keys: {secret: "the-secret-of-the-tests-is-no-secret-at-all"}}]
  introspection: {url: "https://opaque.invalid", client_id: c, client_secret: s}
  passport: {issuer: "https://gateway.invalid", key: "KEY"}
cache: {redis: {enabled: true}}
redis: {addresses: ["127.0.0.1:1"]}
tracing: {endpoint: "http://127.0.0.1:1"}
upstreams:
  user: {urls: ["http://127.0.0.1:1"]}
  order: {urls: ["http://127.0.0.1:1"], events: {feed: /events}}
  product: {urls: ["https://127.0.0.1:1"], tls: {ca: "CERT"}}
  payment: {urls: ["http://127.0.0.1:1"]}
rest:
  routes: [{match: "GET /users/{id}", version: v1, upstream: user, returns: User}]
`

// The document and the program say the same of metrics, both ways: their names, their types and their labels.
func TestTheDocumentTellsOfEachMetricThatThereIs(t *testing.T) {
	g := openEverything(t)
	documented := documentedMetrics(t)
	if diff := gocmp.Diff(slices.Sorted(maps.Keys(registered(g))), slices.Sorted(maps.Keys(documented))); diff != "" {
		t.Errorf("what is registered and what docs/metrics.md has (-registered +documented):\n%s", diff)
	}
	for name, labels := range registered(g) {
		if about, ok := documented[name]; ok && !slices.Equal(labels, about.labels) {
			t.Errorf("%s has the labels %q, and docs/metrics.md says %q", name, labels, about.labels)
		}
	}
	all, err := g.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range all {
		about, ok := documented[family.GetName()]
		if kind := strings.ToLower(family.GetType().String()); ok && kind != about.kind {
			t.Errorf("%s is a %s, and docs/metrics.md says %s", family.GetName(), kind, about.kind)
		}
	}
	for name, about := range documented {
		if counts := strings.HasSuffix(name, "_total"); counts != (about.kind == "counter") {
			t.Errorf("%s is a %s: counters, and nothing else, end with _total", name, about.kind)
		}
	}
}

// Each label has a line that bounds it.
func TestTheDocumentBoundsEachLabel(t *testing.T) {
	used := make(map[string]bool)
	for _, about := range documentedMetrics(t) {
		for _, label := range about.labels {
			used[label] = true
		}
	}
	_, text, _ := strings.Cut(metricsDocument(t), "\n## Labels\n")
	bounded := make(map[string]bool)
	for _, row := range regexp.MustCompile("(?m)^\\| ((?:`[a-z_]+`(?:, )?)+) \\|").FindAllStringSubmatch(text, -1) {
		for label := range strings.SplitSeq(row[1], ", ") {
			bounded[strings.Trim(label, "`")] = true
		}
	}
	if diff := gocmp.Diff(slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(bounded))); diff != "" {
		t.Errorf("labels of metrics, and those that the document bounds (-used +bounded):\n%s", diff)
	}
}

type aboutMetric struct {
	kind   string
	labels []string
}

func metricsDocument(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func documentedMetrics(t *testing.T) map[string]aboutMetric {
	t.Helper()
	all := make(map[string]aboutMetric)
	row := regexp.MustCompile("(?m)^\\| `(concierge_[a-z0-9_]+)` \\| (counter|gauge|histogram) \\| ([^|]*)\\| ")
	for _, found := range row.FindAllStringSubmatch(metricsDocument(t), -1) {
		var labels []string
		for label := range strings.SplitSeq(strings.TrimSpace(found[3]), ", ") {
			if label != "" {
				labels = append(labels, strings.Trim(label, "`"))
			}
		}
		slices.Sort(labels)
		all[found[1]] = aboutMetric{found[2], labels}
	}
	if rows := strings.Count(metricsDocument(t), "\n| `concierge_"); rows != len(all) {
		t.Errorf("docs/metrics.md has %d rows of metrics, of which %d can be read", rows, len(all))
	}
	return all
}

// registered are the labels of each metric of the gateway's own, whether anything was counted or not.
func registered(g *Gateway) map[string][]string {
	e := g.current()
	registries := []*prometheus.Registry{g.registry, e.registry}
	for _, each := range e.parts {
		registries = append(registries, each.metrics)
	}
	all := make(map[string][]string)
	for _, registry := range registries {
		described := make(chan *prometheus.Desc)
		go func() {
			registry.Describe(described)
			close(described)
		}()
		for each := range described {
			if name, labels := read(each); strings.HasPrefix(name, "concierge_") {
				all[name] = labels
			}
		}
	}
	return all
}

// read reads what a description says of itself, which it tells in no other way.
func read(d *prometheus.Desc) (name string, labels []string) {
	form := regexp.MustCompile(`^Desc\{fqName: "([^"]+)", help: ".*", constLabels: \{(.*)\}, variableLabels: \{(.*)\}\}$`)
	found := form.FindStringSubmatch(d.String())
	if found == nil {
		return d.String(), nil
	}
	for _, pair := range regexp.MustCompile(`([a-z_]+)=`).FindAllStringSubmatch(found[2], -1) {
		labels = append(labels, pair[1])
	}
	for label := range strings.SplitSeq(found[3], ",") {
		if label != "" {
			labels = append(labels, label)
		}
	}
	slices.Sort(labels)
	return found[1], labels
}

func openEverything(t *testing.T) *Gateway {
	t.Helper()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writeCertificate(t, cert, key)
	if err := os.WriteFile(filepath.Join(dir, "Me.graphql"), []byte("query Me { me { id } }"), 0o600); err != nil {
		t.Fatal(err)
	}
	yaml := strings.NewReplacer("CERT", cert, "KEY", key, "OPERATIONS", dir, "STORAGE", filepath.Join(dir, "acme")).Replace(everything)
	c, err := config.Parse([]byte(yaml), "test.yml", func(string) (string, bool) { return "", false }, Check)
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(c, web.Settings{}, telemetry.NewLogger(telemetry.DefaultConfig(), new(bytes.Buffer)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

func writeCertificate(t *testing.T, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "gateway.invalid"}, DNSNames: []string{"gateway.invalid"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(30 * 24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	certificate, failed := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	private, bad := x509.MarshalPKCS8PrivateKey(key)
	if err := cmp.Or(err, failed, bad); err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: certificate}, keyFile: {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
