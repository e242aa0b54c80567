// Package deploy_test reads what this folder holds as those read it that it is for.
package deploy_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"go.yaml.in/yaml/v4"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/fetcher"
	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
	"github.com/feedfolio/feedfolio/web"
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

// metrics is what a daemon shows before it has done anything.
func metrics(t *testing.T) string {
	t.Helper()
	cfg := config.Default()
	cfg.Archive = t.TempDir()
	db, err := store.Open(t.Context(), cfg, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	log, reg := slog.New(slog.DiscardHandler), prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	net := polite.New(cfg.Fetch, nil, polite.Options{Registerer: reg})
	s := ingest.NewScheduler(ingest.New(db, fetcher.New(cfg, net, log), log, time.Now), log, 1)
	ingest.NewMetrics(reg).Watch(reg, s)
	h := web.NewHealth(s, db)
	h.Watch(reg, "1.2.3")
	w := httptest.NewRecorder()
	web.Handler(h, reg).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

func TestMetricsAreNamedAsPrometheusWants(t *testing.T) {
	t.Parallel()
	text := metrics(t)
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	if n := strings.Count(text, "\nfeedfolio_"); n < 60 || n > 150 {
		t.Errorf("%d series; they must not grow with the sources", n)
	}
}

// Each metric that is watched is there from the beginning, with the outcomes and levels that are asked for: what only
// appears with the first failure shows no increase.
func TestEveryMetricThatIsWatchedIsThere(t *testing.T) {
	t.Parallel()
	text := metrics(t)
	names := regexp.MustCompile(`\b(feedfolio|process|go)_[a-z_]+[a-z]`)
	selected := regexp.MustCompile(`(feedfolio_[a-z_]+){[^}]*\b(outcome|level)=~?\\?"([^"\\]+)`)
	for _, path := range []string{"monitoring/grafana.json", "monitoring/alerts.yaml"} {
		watched := read(t, path)
		used := names.FindAllString(watched, -1)
		if len(used) < 12 {
			t.Errorf("%s watches %d metrics; the pattern finds too few", path, len(used))
		}
		for _, name := range used {
			if !regexp.MustCompile(`(?m)^` + name + `[ {]`).MatchString(text) {
				t.Errorf("%s watches %s, which there is not", path, name)
			}
		}
		for _, m := range selected.FindAllStringSubmatch(watched, -1) {
			for value := range strings.SplitSeq(m[3], "|") {
				if !strings.Contains(text, fmt.Sprintf("%s{%s=%q}", m[1], m[2], value)) {
					t.Errorf("%s watches %s with %s %s, which there is not", path, m[1], m[2], value)
				}
			}
		}
	}
}

// Each alert has a case in which it fires; promtool runs them where it is installed.
func TestEveryAlertFires(t *testing.T) {
	t.Parallel()
	fires := regexp.MustCompile(`(?m)alertname: (\w+)\n\s+exp_alerts:`)
	fired := map[string]bool{}
	for _, m := range fires.FindAllStringSubmatch(read(t, "monitoring/alerts_test.yaml"), -1) {
		fired[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(read(t, "monitoring/alerts.yaml"), -1) {
		if !fired[m[1]] {
			t.Errorf("%s: no case of alerts_test.yaml makes it fire", m[1])
		}
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian's package prometheus has it): the cases were not run")
	}
	c := exec.CommandContext(t.Context(), promtool, "test", "rules", "alerts_test.yaml") //nolint:gosec // as found
	c.Dir = "monitoring"
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
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
