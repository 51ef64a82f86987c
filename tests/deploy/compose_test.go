package deploy

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// composed is compose.yaml as Docker Compose reads it: against its schema, with every variable, and refusing what it does not know.
func composed(t *testing.T) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{filepath.Join(folder, "compose", "compose.yaml")},
		cli.WithEnvFiles(filepath.Join(folder, "compose", "example.env")), cli.WithDotEnv, cli.WithResolvedPaths(true))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func TestComposeReadsItsFile(t *testing.T) {
	project := composed(t)
	if got, want := project.ServiceNames(), []string{"concierge", "grafana", "prometheus", "redis", "samples"}; !slices.Equal(got, want) {
		t.Errorf("it has %v, want %v", got, want)
	}
}

func TestEveryContainerIsHardened(t *testing.T) {
	for name, service := range composed(t).Services {
		t.Run(name, func(t *testing.T) {
			for what, ok := range map[string]bool{
				"is read-only":                service.ReadOnly,
				"has no capability":           slices.Equal(service.CapDrop, []string{"ALL"}) && len(service.CapAdd) == 0,
				"gains no privileges":         slices.Contains(service.SecurityOpt, "no-new-privileges:true"),
				"has an end to its memory":    service.MemLimit > 0,
				"has an end to its processes": service.PidsLimit > 0,
				"has an end to its processor": service.CPUS > 0,
				"says how it is":              service.HealthCheck != nil && len(service.HealthCheck.Test) > 1,
				"is not privileged":           !service.Privileged && service.Pid == "" && service.Ipc == "" && service.NetworkMode == "",
			} {
				if !ok {
					t.Errorf("it is not so that it %s", what)
				}
			}
			for _, port := range service.Ports {
				if port.HostIP != "127.0.0.1" {
					t.Errorf("port %s is published on %q: everybody would reach it", port.Published, port.HostIP)
				}
			}
			for _, volume := range service.Volumes {
				if volume.Type == types.VolumeTypeBind && !volume.ReadOnly {
					t.Errorf("it may write to %s", volume.Source)
				}
			}
			if strings.HasSuffix(service.Image, ":latest") || !strings.Contains(service.Image, ":") {
				t.Errorf("the image %s is another one every day", service.Image)
			}
		})
	}
}

func TestTheGatewayOfComposeStarts(t *testing.T) {
	project := composed(t)
	service := project.Services["concierge"]
	var variables []string
	for name, value := range service.Environment {
		variables = append(variables, name+"="+*value)
	}
	file := filepath.Join(source(t, service, "/etc/concierge"), "gateway.yml")
	check(t, file, variables...)
	if drain := drainOf(t, read(t, file)); time.Duration(*service.StopGracePeriod) < drain+5*time.Second {
		t.Errorf("it is killed after %v, and drains for %v", *service.StopGracePeriod, drain)
	}
}

func TestPrometheusAndGrafanaFindTheirFiles(t *testing.T) {
	project := composed(t)
	prometheus := source(t, project.Services["prometheus"], "/etc/prometheus")
	for _, name := range []string{"prometheus.yml", "rules.yml"} {
		read(t, filepath.Join(prometheus, name))
	}
	if !strings.Contains(string(read(t, filepath.Join(prometheus, "prometheus.yml"))), "names: [concierge]") {
		t.Error("Prometheus does not ask the gateway by its name in the network")
	}
	provisioning := source(t, project.Services["grafana"], "/etc/grafana/provisioning")
	read(t, filepath.Join(provisioning, "datasources", "prometheus.yml"))
	read(t, filepath.Join(provisioning, "dashboards", "concierge.yml"))
	boards := source(t, project.Services["grafana"], "/var/lib/grafana/dashboards")
	first := project.Services["grafana"].Environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
	read(t, filepath.Join(boards, filepath.Base(*first)))
}

// source is what of this machine is mounted at a place.
func source(t *testing.T, service types.ServiceConfig, target string) string {
	t.Helper()
	for _, volume := range service.Volumes {
		if volume.Target == target {
			return volume.Source
		}
	}
	t.Fatalf("%s has nothing at %s", service.Name, target)
	return ""
}
