package deploy

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"sigs.k8s.io/yaml"
)

const dashboardFile = folder + "/grafana/concierge.json"

// panel is what is asked and said by a part of the dashboard.
type panel struct {
	ID          int    `json:"id"`
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
	GridPos     struct{ X, Y, W, H int }
	Targets     []struct {
		Expr         string `json:"expr"`
		LegendFormat string `json:"legendFormat"`
	} `json:"targets"`
}

func panels(t *testing.T) []panel {
	t.Helper()
	var board struct {
		Panels []panel `json:"panels"`
	}
	if err := json.Unmarshal(read(t, dashboardFile), &board); err != nil {
		t.Fatal(err)
	}
	return board.Panels
}

func TestTheDashboardIsOneByGrafanasOwnTypes(t *testing.T) {
	t.Parallel()
	plugins.RegisterDefaultPlugins()
	var board dashboard.Dashboard
	for _, err := range []error{board.UnmarshalJSONStrict(read(t, dashboardFile)), board.Validate()} {
		if err != nil && err.Error() != "" { // where there is no mistake, it can be an empty list of them
			t.Error(err)
		}
	}
}

func TestTheDashboardAsksForWhatThereIs(t *testing.T) {
	t.Parallel()
	known := exported(t)
	for _, p := range panels(t) {
		if p.Type == "row" {
			continue
		}
		if len(p.Targets) == 0 || p.Description == "" {
			t.Errorf("%s asks for nothing, or does not say what it shows", p.Title)
		}
		for _, target := range p.Targets {
			said(t, p.Title, target.LegendFormat, names(t, p.Title, target.Expr, known))
			if !strings.Contains(target.Expr, `job=~"$job",instance=~"$instance"`) {
				t.Errorf("%s shows all instances, whichever are chosen: %s", p.Title, target.Expr)
			}
		}
	}
}

// What Prometheus cannot read, it would say to whoever looks at the dashboard.
func TestPrometheusReadsWhatTheDashboardAsks(t *testing.T) {
	t.Parallel()
	type rule struct {
		Record string `json:"record"`
		Expr   string `json:"expr"`
	}
	var all []rule
	chosen := strings.NewReplacer("$job", "concierge", "$instance", ".*", "$__rate_interval", "1m")
	for _, p := range panels(t) {
		for _, target := range p.Targets {
			all = append(all, rule{"a:panel", chosen.Replace(target.Expr)})
		}
	}
	for i := range all {
		all[i].Record += strings.Repeat("_", i) // two of a name are taken for a mistake
	}
	text, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "panels", "rules": all}}})
	file := filepath.Join(t.TempDir(), "panels.yml")
	if err := cmp.Or(err, os.WriteFile(file, text, 0o600)); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", file)
}

func TestNoTwoPanelsLieOnEachOther(t *testing.T) {
	t.Parallel()
	taken, ids := make(map[[2]int]string), make(map[int]string)
	for _, p := range panels(t) {
		if before := ids[p.ID]; before != "" {
			t.Errorf("%s and %s have one id", before, p.Title)
		}
		ids[p.ID] = p.Title
		if p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%s is wider than there is room", p.Title)
		}
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				at := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
				if before := taken[at]; before != "" {
					t.Fatalf("%s lies on %s", p.Title, before)
				}
				taken[at] = p.Title
			}
		}
	}
}
