// Package deploy_test reads what this folder holds as those read it that it is for.
package deploy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/feedfolio/feedfolio/config"
)

func TestConfigurationsAreGood(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"feedfolio.example.yaml", "container/config/feedfolio.yaml"} {
		if err := good(path, read(t, path)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, doc := range documents(t, "kubernetes/feedfolio.yaml") {
		data, ok := doc["data"].(map[string]any)
		if !ok {
			continue
		}
		if err := good("kubernetes/feedfolio.yaml", data["feedfolio.yaml"].(string)); err != nil {
			t.Errorf("the ConfigMap: %v", err)
		}
	}
}

func good(path, text string) error {
	_, err := config.Options{Getenv: func(string) string { return "set" }}.Parse(path, []byte(text))
	return err
}

func TestEveryMetricThatIsWatchedIsThere(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	files, err := filepath.Glob("../*/metrics.go")
	if err != nil {
		t.Fatal(err)
	}
	deeper, err := filepath.Glob("../*/*/metrics.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(files, deeper...) {
		source.WriteString(read(t, f))
	}
	names := regexp.MustCompile(`feedfolio_[a-z_]+`)
	for _, path := range []string{"monitoring/grafana.json", "monitoring/alerts.yaml"} {
		used := names.FindAllString(read(t, path), -1)
		if len(used) < 6 {
			t.Errorf("%s watches %d metrics; the pattern finds too few", path, len(used))
		}
		for _, name := range used {
			if !strings.Contains(source.String(), `"`+strings.TrimSuffix(name, "_bucket")+`"`) {
				t.Errorf("%s watches %s, which no metrics.go has", path, name)
			}
		}
	}
}

func TestTheDashboardIsJSON(t *testing.T) {
	t.Parallel()
	var d struct {
		Panels []struct{ Title string }
	}
	if err := json.Unmarshal([]byte(read(t, "monitoring/grafana.json")), &d); err != nil || len(d.Panels) < 10 {
		t.Errorf("%d panels, %v", len(d.Panels), err)
	}
}

// What runs in a container is told in three places; they must agree.
func TestContainersRunTheSame(t *testing.T) {
	t.Parallel()
	const run, health = `"run","--config","/etc/feedfolio/feedfolio.yaml"`, `"/feedfolio","health","--config","/etc/feedfolio/feedfolio.yaml"`
	for _, path := range []string{"container/Dockerfile", "container/build"} {
		text := strings.ReplaceAll(read(t, path), ", ", ",")
		for _, want := range []string{run, health, "65532:65532"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s has no %s", path, want)
			}
		}
	}
	for _, path := range []string{"container/compose.yaml", "kubernetes/feedfolio.yaml", "monitoring/alerts.yaml", "packages/nfpm.yaml"} {
		if len(documents(t, path)) == 0 {
			t.Errorf("%s is empty", path)
		}
	}
}

func TestPackagesHaveWhatTheyName(t *testing.T) {
	t.Parallel()
	for _, m := range regexp.MustCompile(`(?m)(?:src: |install: |remove: )((?:deploy/|[A-Z]+)[^ ,}\n]*)`).FindAllStringSubmatch(read(t, "packages/nfpm.yaml"), -1) {
		if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
			t.Errorf("packages/nfpm.yaml names %s: %v", m[1], err)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// documents reads all YAML documents of a file.
func documents(t *testing.T, path string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for part := range strings.SplitSeq(read(t, path), "\n---\n") {
		var doc map[string]any
		if err := yaml.Load([]byte(part), &doc); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if len(doc) > 0 {
			all = append(all, doc)
		}
	}
	return all
}
