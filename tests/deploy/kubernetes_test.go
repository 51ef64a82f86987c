package deploy

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// cluster is everything that the manifests put into a cluster, by kind and name, and the example of the secrets.
type cluster map[string]runtime.Object

// manifests are what kubectl apply -k would send, decoded as the API server decodes it: by the types of Kubernetes and of the Gateway
// API, without a field that those do not know.
func manifests(t *testing.T) cluster {
	t.Helper()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).
		Run(filesys.MakeFsOnDisk(), filepath.Join(folder, "kubernetes"))
	if err != nil {
		t.Fatalf("kustomize: %v", err)
	}
	text, err := built.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	secrets := read(t, filepath.Join(folder, "kubernetes", "secret.example.yaml"))
	return decoded(t, append(append(text, "\n---\n"...), secrets...))
}

func decoded(t *testing.T, text []byte) cluster {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, autoscalingv2.AddToScheme, corev1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme,
		gatewayv1.Install,
	} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	all := make(cluster)
	for documents := yaml.NewYAMLReader(newReader(text)); ; {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		object, kind, err := decoder.Decode(document, nil, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		name := kind.Kind + "/" + object.(metav1.Object).GetName()
		if all[name] != nil {
			t.Fatalf("there are two of %s", name)
		}
		all[name] = object
	}
}

// get is the object of a kind and a name.
func get[T runtime.Object](t *testing.T, c cluster, name string) T {
	t.Helper()
	object, ok := c[name].(T)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	return object
}

// Whoever adds a file to the folder and not to the kustomization has added nothing.
func TestEveryManifestIsApplied(t *testing.T) {
	all := manifests(t)
	entries, err := os.ReadDir(filepath.Join(folder, "kubernetes"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() == "kustomization.yaml" {
			continue
		}
		for name := range decoded(t, read(t, filepath.Join(folder, "kubernetes", entry.Name()))) {
			if all[name] == nil {
				t.Errorf("%s of %s is not applied", name, entry.Name())
			}
		}
	}
}

func TestEverythingIsInOneNamespace(t *testing.T) {
	for name, object := range manifests(t) {
		got := object.(metav1.Object).GetNamespace()
		if _, is := object.(*corev1.Namespace); !is && got != "concierge" {
			t.Errorf("%s is in namespace %q", name, got)
		}
	}
}

func TestAnUnknownFieldIsRefused(t *testing.T) {
	text := read(t, filepath.Join(folder, "kubernetes", "deployment.yaml"))
	scheme := runtime.NewScheme()
	if err := appsv1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	wrong := bytes.Replace(text, []byte("readOnlyRootFilesystem"), []byte("readonlyRootFilesystem"), 1)
	if _, _, err := decoder.Decode(wrong, nil, nil); err == nil {
		t.Error("a field that does not exist is taken: nothing above proves anything")
	}
}
