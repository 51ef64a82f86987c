package deploy

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

type ruleFile struct {
	Groups []struct {
		Name     string `json:"name"`
		Interval string `json:"interval"`
		Rules    []struct {
			Record      string            `json:"record"`
			Alert       string            `json:"alert"`
			Expr        string            `json:"expr"`
			For         string            `json:"for"`
			Labels      map[string]string `json:"labels"`
			Annotations map[string]string `json:"annotations"`
		} `json:"rules"`
	} `json:"groups"`
}

func rules(t *testing.T) ruleFile {
	t.Helper()
	var file ruleFile
	if err := yaml.UnmarshalStrict(read(t, folder+"/prometheus/rules.yml"), &file); err != nil {
		t.Fatal(err)
	}
	return file
}

// promtool is Prometheus' own judge of its files.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "promtool", args...)
	command.Dir = filepath.Join(folder, "prometheus")
	if said, err := command.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, said)
	}
}

func TestPrometheusTakesItsConfigurationAndRules(t *testing.T) {
	t.Parallel()
	promtool(t, "check", "config", "prometheus.yml")
	promtool(t, "check", "rules", "rules.yml")
}

func TestAlertsFireWhenTheyShouldAndNotOtherwise(t *testing.T) {
	t.Parallel()
	promtool(t, "test", "rules", "rules_test.yml", "rules_slow_test.yml")
	tests := string(read(t, folder+"/prometheus/rules_test.yml")) + string(read(t, folder+"/prometheus/rules_slow_test.yml"))
	for _, group := range rules(t).Groups {
		for _, rule := range group.Rules {
			for _, wanted := range []string{" fires\n", " is silent\n"} {
				if rule.Alert != "" && !strings.Contains(tests, "- name: "+rule.Alert+wanted) {
					t.Errorf("no test says that %s%s", rule.Alert, wanted)
				}
			}
		}
	}
}

func TestRulesAskForWhatThereIs(t *testing.T) {
	t.Parallel()
	known := exported(t)
	for _, group := range rules(t).Groups {
		for _, rule := range group.Rules {
			if rule.Record != "" {
				known[rule.Record] = []string{"door"}
			}
		}
	}
	for _, group := range rules(t).Groups {
		for _, rule := range group.Rules {
			where := rule.Alert + rule.Record
			labels := names(t, where, rule.Expr, known)
			for _, text := range rule.Annotations {
				said(t, where, text, labels)
			}
		}
	}
}

func TestEachAlertSaysWhatItMeansAndWhatToDo(t *testing.T) {
	t.Parallel()
	anchors := make(map[string]bool)
	for _, title := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(string(read(t, "../../docs/runbook.md")), -1) {
		anchors["docs/runbook.md#"+strings.ReplaceAll(strings.ToLower(title[1]), " ", "-")] = false
	}
	for _, group := range rules(t).Groups {
		for _, rule := range group.Rules {
			if rule.Alert == "" {
				continue
			}
			link := rule.Annotations["runbook_url"]
			if _, ok := anchors[link]; !ok || rule.Annotations["summary"] == "" {
				t.Errorf("%s leads to %q, which there is not, or has no summary", rule.Alert, link)
			}
			anchors[link] = true
			if severity := rule.Labels["severity"]; severity != "page" && severity != "ticket" {
				t.Errorf("%s has the severity %q", rule.Alert, severity)
			}
		}
	}
	for link, used := range anchors {
		if !used {
			t.Errorf("no alert leads to %s", link)
		}
	}
}
