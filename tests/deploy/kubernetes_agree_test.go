package deploy

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

func newReader(text []byte) *bufio.Reader { return bufio.NewReader(bytes.NewReader(text)) }

// container is the gateway's, of which the pod has no other.
func container(t *testing.T, all cluster) (corev1.PodTemplateSpec, corev1.Container) {
	t.Helper()
	template := get[*appsv1.Deployment](t, all, "Deployment/concierge").Spec.Template
	if len(template.Spec.Containers) != 1 || len(template.Spec.InitContainers) != 0 {
		t.Fatal("the pod has other containers")
	}
	return template, template.Spec.Containers[0]
}

func configured(t *testing.T, all cluster) []byte {
	t.Helper()
	return []byte(get[*corev1.ConfigMap](t, all, "ConfigMap/concierge").Data["gateway.yml"])
}

func TestTheConfigMapHasNoMistakes(t *testing.T) {
	all := manifests(t)
	here := t.TempDir()
	write(t, filepath.Join(here, "gateway.yml"), string(configured(t, all)))
	secret := get[*corev1.Secret](t, all, "Secret/concierge")
	for name, value := range secret.StringData {
		write(t, filepath.Join(here, "secrets", name), value)
	}
	template, gateway := container(t, all)
	mounted := make(map[string]string)
	for _, mount := range gateway.VolumeMounts {
		mounted[mount.Name] = mount.MountPath
	}
	for _, volume := range template.Spec.Volumes {
		switch {
		case volume.ConfigMap != nil && volume.ConfigMap.Name == "concierge":
			mounted["the ConfigMap"] = mounted[volume.Name]
		case volume.Secret != nil && volume.Secret.SecretName == secret.Name:
			mounted["the Secret"] = mounted[volume.Name]
		}
	}
	want := []string{"serve", "--config", mounted["the ConfigMap"] + "/gateway.yml", "--secrets", mounted["the Secret"]}
	if !slices.Equal(gateway.Args, want) {
		t.Errorf("it is started with %v, and its files are where %v would find them", gateway.Args, want)
	}
	check(t, filepath.Join(here, "gateway.yml"), "CREDENTIALS_DIRECTORY="+filepath.Join(here, "secrets"))
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Kubernetes itself decides whether the pod is admitted under the profile that the namespace enforces.
func TestThePodIsAdmittedUnderTheRestrictedProfile(t *testing.T) {
	all := manifests(t)
	namespace := get[*corev1.Namespace](t, all, "Namespace/concierge")
	if got := namespace.Labels[api.EnforceLevelLabel]; got != string(api.LevelRestricted) {
		t.Errorf("the namespace enforces %q", got)
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	template, gateway := container(t, all)
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for _, result := range evaluator.EvaluatePod(level, &template.ObjectMeta, &template.Spec) {
		if !result.Allowed {
			t.Errorf("%s: %s", result.ForbiddenReason, result.ForbiddenDetail)
		}
	}
	if root := gateway.SecurityContext.ReadOnlyRootFilesystem; root == nil || !*root {
		t.Error("the root file system can be written to")
	}
	if token := template.Spec.AutomountServiceAccountToken; token == nil || *token {
		t.Error("the pod gets a token for the API")
	}
	if *template.Spec.SecurityContext.RunAsUser != 65532 {
		t.Error("it runs as another user than the image says")
	}
}

func TestSelectorsFindTheGateway(t *testing.T) {
	all := manifests(t)
	deployment := get[*appsv1.Deployment](t, all, "Deployment/concierge")
	selectors := map[string]*metav1.LabelSelector{
		"the Deployment":       deployment.Spec.Selector,
		"the Service":          {MatchLabels: get[*corev1.Service](t, all, "Service/concierge").Spec.Selector},
		"the budget":           get[*policyv1.PodDisruptionBudget](t, all, "PodDisruptionBudget/concierge").Spec.Selector,
		"the NetworkPolicy":    &get[*networkingv1.NetworkPolicy](t, all, "NetworkPolicy/concierge").Spec.PodSelector,
		"the one of Redis":     get[*networkingv1.NetworkPolicy](t, all, "NetworkPolicy/redis").Spec.Ingress[0].From[0].PodSelector,
		"the spread of nodes":  deployment.Spec.Template.Spec.TopologySpreadConstraints[0].LabelSelector,
		"the spread of zones":  deployment.Spec.Template.Spec.TopologySpreadConstraints[1].LabelSelector,
		"what denies the rest": &get[*networkingv1.NetworkPolicy](t, all, "NetworkPolicy/default-deny").Spec.PodSelector,
	}
	for name, selector := range selectors {
		found, err := metav1.LabelSelectorAsSelector(selector)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !found.Matches(labels.Set(deployment.Spec.Template.Labels)) {
			t.Errorf("%s does not find the pods", name)
		}
	}
	target := get[*autoscalingv2.HorizontalPodAutoscaler](t, all, "HorizontalPodAutoscaler/concierge").Spec.ScaleTargetRef
	if target.Kind != "Deployment" || target.Name != deployment.Name || target.APIVersion != "apps/v1" {
		t.Errorf("the autoscaler scales %v", target)
	}
	if deployment.Spec.Replicas != nil && *deployment.Spec.Replicas != 1 {
		t.Error("the Deployment says how many there are, against the autoscaler")
	}
}

func TestPortsAgree(t *testing.T) {
	all := manifests(t)
	said := settingsOf(t, configured(t, all))
	_, gateway := container(t, all)
	ports := make(map[string]int32)
	for _, port := range gateway.Ports {
		ports[port.Name] = port.ContainerPort
	}
	for name, listen := range map[string]string{"http": said.Server.Listen, "admin": said.Admin.Listen} {
		if got := strconv.Itoa(int(ports[name])); got != portOf(t, listen) {
			t.Errorf("port %s is %s, and the gateway listens on %s", name, got, listen)
		}
	}
	for name, probe := range map[string]*corev1.Probe{
		"/livez": gateway.StartupProbe, "/readyz": gateway.ReadinessProbe, "/livez ": gateway.LivenessProbe,
	} {
		if probe.HTTPGet.Path != name[:len(probe.HTTPGet.Path)] || probe.HTTPGet.Port != intstr.FromString("admin") {
			t.Errorf("a probe asks %s on %v", probe.HTTPGet.Path, probe.HTTPGet.Port)
		}
	}
	service := get[*corev1.Service](t, all, "Service/concierge")
	if len(service.Spec.Ports) != 1 || service.Spec.Ports[0].TargetPort != intstr.FromString("http") {
		t.Errorf("the Service leads to %v: the operators' listener has none", service.Spec.Ports)
	}
	template, _ := container(t, all)
	if template.Annotations["prometheus.io/port"] != strconv.Itoa(int(ports["admin"])) {
		t.Error("Prometheus is told of another port")
	}
}

func TestThePodHasTheTimeToDrain(t *testing.T) {
	all := manifests(t)
	template, gateway := container(t, all)
	drain := drainOf(t, configured(t, all))
	if grace := time.Duration(*template.Spec.TerminationGracePeriodSeconds) * time.Second; grace < drain+5*time.Second {
		t.Errorf("it is killed after %v, and drains for %v", grace, drain)
	}
	said := settingsOf(t, configured(t, all))
	delay, err := time.ParseDuration(said.Server.Timeouts.DrainDelay)
	if err != nil {
		t.Fatal(err)
	}
	if gateway.ReadinessProbe.FailureThreshold < 2 {
		t.Error("one late answer of each pod, under a load that makes all of them slow, leaves nobody to answer")
	}
	noticed := time.Duration(gateway.ReadinessProbe.PeriodSeconds*gateway.ReadinessProbe.FailureThreshold+
		gateway.ReadinessProbe.TimeoutSeconds) * time.Second
	if delay <= noticed {
		t.Errorf("it goes on taking requests for %v, and Kubernetes needs up to %v to see that it should have none", delay, noticed)
	}
}

func TestWhatTheGatewayCallsIsAllowed(t *testing.T) {
	all := manifests(t)
	var open []string
	rules := get[*networkingv1.NetworkPolicy](t, all, "NetworkPolicy/concierge").Spec
	for _, rule := range rules.Egress {
		if len(rule.To) == 0 {
			t.Error("a rule allows every destination")
		}
		for _, port := range rule.Ports {
			open = append(open, port.Port.String())
		}
	}
	for name, port := range settingsOf(t, configured(t, all)).called(t) {
		if !slices.Contains(open, port) {
			t.Errorf("%s is called on port %s, which no rule allows", name, port)
		}
	}
	for _, rule := range rules.Ingress {
		if len(rule.From) == 0 || len(rule.Ports) != 1 {
			t.Error("a rule lets everybody in, or in by several ports")
			continue
		}
		if rule.Ports[0].Port.String() == "admin" && rule.From[0].PodSelector == nil {
			t.Error("others than Prometheus reach the operators' listener")
		}
	}
	if denied := get[*networkingv1.NetworkPolicy](t, all, "NetworkPolicy/default-deny").Spec; len(denied.PolicyTypes) != 2 ||
		len(denied.Ingress)+len(denied.Egress) != 0 {
		t.Error("what is not allowed is not denied")
	}
}

func TestRoutesLeadToTheService(t *testing.T) {
	all := manifests(t)
	public := get[*gatewayv1.Gateway](t, all, "Gateway/public")
	listeners := make(map[gatewayv1.SectionName]gatewayv1.Listener)
	for _, listener := range public.Spec.Listeners {
		listeners[listener.Name] = listener
	}
	for _, name := range []string{"HTTPRoute/to-https", "HTTPRoute/concierge"} {
		route := get[*gatewayv1.HTTPRoute](t, all, name)
		for _, parent := range route.Spec.ParentRefs {
			listener, ok := listeners[*parent.SectionName]
			if string(parent.Name) != public.Name || !ok {
				t.Errorf("%s hangs on %s/%s, which does not exist", name, parent.Name, *parent.SectionName)
			} else if !slices.Contains(route.Spec.Hostnames, *listener.Hostname) {
				t.Errorf("%s is for %v, and its listener for %s", name, route.Spec.Hostnames, *listener.Hostname)
			}
		}
	}
	if clear := listeners["http"]; clear.Protocol != gatewayv1.HTTPProtocolType {
		t.Error("the route that redirects is not the one that is asked in clear")
	}
	backend := get[*gatewayv1.HTTPRoute](t, all, "HTTPRoute/concierge").Spec.Rules[0].BackendRefs[0]
	service := get[*corev1.Service](t, all, "Service/"+string(backend.Name))
	if *backend.Port != service.Spec.Ports[0].Port {
		t.Errorf("the route leads to port %d, and the Service has %d", *backend.Port, service.Spec.Ports[0].Port)
	}
}

func TestGoKnowsItsProcessorsAndItsMemory(t *testing.T) {
	_, gateway := container(t, manifests(t))
	limits, requests := gateway.Resources.Limits, gateway.Resources.Requests
	if limits.Memory().IsZero() || limits.Cpu().IsZero() || requests.Cpu().IsZero() {
		t.Error("without limits, the runtime takes all of the node for its own; without a request, the autoscaler has no signal")
	}
	if !limits.Memory().Equal(*requests.Memory()) {
		t.Error("memory that is not requested may be missing")
	}
}
