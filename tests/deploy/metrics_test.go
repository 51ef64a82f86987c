package deploy

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// exported are the metrics that docs/metrics.md tells of, which a test of the gateway compares with what there is, and their
// labels. Those of others have none that matter here.
func exported(t *testing.T) map[string][]string {
	t.Helper()
	text := string(read(t, "../../docs/metrics.md"))
	all := map[string][]string{"up": nil, "ALERTS": {"alertname", "alertstate"}}
	for _, row := range regexp.MustCompile("(?m)^\\| `(concierge_[a-z0-9_]+)` \\| ([a-z]+) \\| ([^|]*)\\| ").FindAllStringSubmatch(text, -1) {
		var labels []string
		for _, label := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(row[3], -1) {
			labels = append(labels, label[1])
		}
		all[row[1]] = labels
		if row[2] == "histogram" {
			all[row[1]+"_bucket"], all[row[1]+"_sum"], all[row[1]+"_count"] = append(slices.Clone(labels), "le"), labels, labels
		}
	}
	for _, of := range regexp.MustCompile("`((?:go|process)_[a-z_]+)`").FindAllStringSubmatch(text, -1) {
		all[of[1]] = []string{"quantile"}
	}
	if len(all) < 100 {
		t.Fatalf("docs/metrics.md tells of %d metrics", len(all))
	}
	return all
}

// scraped are the labels that Prometheus adds.
var scraped = []string{"job", "instance"} //nolint:gochecknoglobals // it is never changed

var (
	quoted    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	selector  = regexp.MustCompile(`([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^{}]*)\}`)
	metric    = regexp.MustCompile(`\b(?:concierge|go|process|job_door:concierge)_[a-zA-Z0-9_:]+|\bup\b|\bALERTS\b`)
	matcher   = regexp.MustCompile(`([a-zA-Z_]+) *(?:=~|!~|!=|=)`)
	grouping  = regexp.MustCompile(`\b(?:by|without|on|ignoring) *\(([^)]*)\)`)
	templated = regexp.MustCompile(`\{\{ *(?:\$labels\.)?([a-z_]+) *\}\}`)
)

// names checks that an expression asks for metrics and labels that there are. It returns the labels that what it comes to can
// have.
func names(t *testing.T, where, expression string, known map[string][]string) []string {
	t.Helper()
	bare := quoted.ReplaceAllString(expression, `""`)
	labels := append([]string{"le"}, scraped...)
	found := metric.FindAllString(bare, -1)
	if len(found) == 0 {
		t.Errorf("%s asks for nothing that is known: %s", where, expression)
	}
	for _, name := range found {
		of, ok := known[name]
		if !ok {
			t.Errorf("%s asks for %s, which there is not", where, name)
		}
		labels = append(labels, of...)
	}
	for _, each := range selector.FindAllStringSubmatch(bare, -1) {
		for _, label := range matcher.FindAllStringSubmatch(each[2], -1) {
			if !slices.Contains(known[each[1]], label[1]) && !slices.Contains(scraped, label[1]) {
				t.Errorf("%s asks for %s by %s, which it has not", where, each[1], label[1])
			}
		}
	}
	for _, each := range grouping.FindAllStringSubmatch(bare, -1) {
		for label := range strings.SplitSeq(each[1], ",") {
			if label = strings.TrimSpace(label); !slices.Contains(labels, label) {
				t.Errorf("%s groups by %s, which nothing in it has: %s", where, label, expression)
			}
		}
	}
	return labels
}

// said checks that a text that is filled in names labels that there are.
func said(t *testing.T, where, text string, labels []string) {
	t.Helper()
	for _, each := range templated.FindAllStringSubmatch(text, -1) {
		if label := each[1]; label != "value" && !slices.Contains(labels, label) {
			t.Errorf("%s says %s, which nothing in it has", where, label)
		}
	}
}
