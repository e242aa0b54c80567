package ingest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/store"
)

// receiver is a webhook's other end.
type receiver struct {
	status int
	got    []Alarm
	signed bool
}

func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	mac := hmac.New(sha256.New, []byte("key"))
	mac.Write(body)
	rc.signed = r.Header.Get("X-Feedfolio-Signature") == "sha256="+hex.EncodeToString(mac.Sum(nil))
	if rc.status == 0 {
		var a Alarm
		if json.Unmarshal(body, &a) == nil {
			rc.got = append(rc.got, a)
		}
		return
	}
	w.WriteHeader(rc.status)
}

func TestAlarmIsToldOnceAndTriedAgain(t *testing.T) {
	t.Parallel()
	rc := &receiver{status: http.StatusBadGateway}
	srv := httptest.NewServer(rc)
	defer srv.Close()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	hook := NewWebhook(config.Alarms{Webhook: config.Secret(srv.URL), Secret: "key"})
	registry := prometheus.NewRegistry()
	metrics := NewMetrics(registry)
	in := &Ingester{now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler), Alarms: hook, Metrics: metrics}
	r := &run{Ingester: in, src: config.Source{Name: "wire", URL: "http://news.example/feed.xml"}, log: in.log}
	failing := store.State{LastRun: now, Failures: 3, Error: "503 Service Unavailable"}

	if told := r.alarm(t.Context(), failing); len(told) != 0 {
		t.Errorf("the webhook failed, but %v counts as told", told)
	}
	if alarmed(registry) != 1 {
		t.Error("the webhook failed, and the metrics do not tell it either")
	}
	rc.status = 0
	if told := r.alarm(t.Context(), failing); len(told) != 0 || len(rc.got) > 0 {
		t.Errorf("a webhook that failed a moment ago is asked again: %v", rc.got)
	}
	now = now.Add(webhookAgain)
	failing.Alarms = r.alarm(t.Context(), failing)
	if !slices.Equal(failing.Alarms, []string{"failing"}) || len(rc.got) != 1 || !rc.signed {
		t.Fatalf("told %v, received %+v, signed %v; want one signed alarm of failing", failing.Alarms, rc.got, rc.signed)
	}
	if a := rc.got[0]; a.Source != "wire" || !slices.Equal(a.Raised, []Level{Failing}) || !strings.Contains(a.Why[0], "503") {
		t.Errorf("received %+v", a)
	}
	r.alarm(t.Context(), failing)
	if len(rc.got) != 1 {
		t.Errorf("the same alarm was told twice")
	}
	well := store.State{LastRun: now, LastOK: now, Alarms: failing.Alarms}
	if told := r.alarm(t.Context(), well); len(told) != 0 || len(rc.got) != 2 || !slices.Equal(rc.got[1].Cleared, []Level{Failing}) {
		t.Errorf("after it healed: told %v, received %+v", told, rc.got)
	}
	if alarmed(registry) != 0 {
		t.Error("it healed, and the metrics still show it")
	}
}

// The metrics of a daemon that begins, and that is given another configuration, show the alarms of its sources alone.
func TestAlarmsOfSourcesThatAreNoMore(t *testing.T) {
	t.Parallel()
	cfg := config.Default()
	cfg.Archive = t.TempDir()
	db, err := store.Open(t.Context(), cfg, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, name := range []string{"a", "b", "disabled", "removed"} {
		if err := db.Touch(t.Context(), store.State{Source: name, Alarms: []string{"stale"}}); err != nil {
			t.Fatal(err)
		}
	}
	registry := prometheus.NewRegistry()
	log := slog.New(slog.DiscardHandler)
	in := New(db, nil, log, time.Now)
	in.Metrics = NewMetrics(registry)
	all := []config.Source{{Name: "a"}, {Name: "b"}, {Name: "disabled", Disabled: true}}
	if err := in.ShowAlarms(t.Context(), all); err != nil || alarmed(registry) != 2 {
		t.Errorf("ShowAlarms: %v alarms, %v; want those of a and b", alarmed(registry), err)
	}
	if err := NewScheduler(in, log, 1).Set(t.Context(), in, all[:1]); err != nil || alarmed(registry) != 1 {
		t.Errorf("after b was taken out: %v alarms, %v; want that of a", alarmed(registry), err)
	}
}

// alarmed is how many alarms the metrics show.
func alarmed(registry *prometheus.Registry) (n float64) {
	all, _ := registry.Gather()
	for _, family := range all {
		if family.GetName() == "feedfolio_sources_alarmed" {
			for _, m := range family.GetMetric() {
				n += m.GetGauge().GetValue()
			}
		}
	}
	return n
}

func TestJudge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	day := func(n, saved, partial int, runes int64) store.Day {
		return store.Day{Day: now.AddDate(0, 0, -n).Format(time.DateOnly), Saved: saved, Partial: partial, Runes: runes}
	}
	missed := func(n, saved, missed int) store.Day {
		d := day(n, saved, 0, int64(saved)*3000)
		d.Missed = missed
		return d
	}
	if Retrying.Alarm() {
		t.Error("one failure is an alarm")
	}
	for _, tt := range []struct {
		name string
		st   store.State
		want Level
	}{
		{"a source that never ran", store.State{}, Unknown},
		{"one that answers", store.State{LastRun: now, LastOK: now}, Healthy},
		{"one failure is no alarm", store.State{LastRun: now, Failures: 1}, Retrying},
		{"three are", store.State{LastRun: now, Failures: 3}, Failing},
		{"410", store.State{LastRun: now, Gone: true}, Gone},
		{"quiet over a weekend as always", store.State{LastRun: now, LastOK: now, Newest: now.Add(-60 * time.Hour), KnownFrom: now.AddDate(0, 0, -30), Gap: 62 * time.Hour}, Healthy},
		{"quieter than ever", store.State{LastRun: now, LastOK: now, Newest: now.Add(-6 * 24 * time.Hour), KnownFrom: now.AddDate(0, 0, -40), Gap: 62 * time.Hour}, Stale},
		{"until something new appears", store.State{LastRun: now, LastOK: now, Newest: now.Add(-6 * 24 * time.Hour), LastNew: now, KnownFrom: now.AddDate(0, 0, -40), Gap: 62 * time.Hour}, Healthy},
		{"quiet as far as it was had", store.State{LastRun: now, LastOK: now.Add(-5 * 24 * time.Hour), Newest: now.Add(-6 * 24 * time.Hour), KnownFrom: now.AddDate(0, 0, -40), Gap: 62 * time.Hour}, Healthy},
		{"quiet, but known for a day only", store.State{LastRun: now, LastOK: now, Newest: now.Add(-6 * 24 * time.Hour), KnownFrom: now.AddDate(0, 0, -7), Gap: 2 * time.Hour}, Healthy},
		{"a window was lost", store.State{LastRun: now, Overflow: true, OverflowAt: now.Add(-time.Hour)}, Overflow},
		{"texts half as long as before", store.State{LastRun: now, Drift: drift([]store.Day{day(2, 30, 0, 90000), day(1, 10, 0, 5000), day(0, 12, 0, 7000)})}, Drift},
		{"behind a new wall", store.State{LastRun: now, Drift: drift([]store.Day{day(2, 30, 0, 90000), day(0, 25, 20, 75000)})}, Drift},
		{"a selector that finds nothing any more", store.State{LastRun: now, Drift: drift([]store.Day{missed(2, 30, 1), missed(0, 25, 24)})}, Drift},
		{"one that never found much", store.State{LastRun: now, Drift: drift([]store.Day{missed(2, 30, 28), missed(0, 25, 24)})}, Healthy},
		{"too few to say", store.State{LastRun: now, Drift: drift([]store.Day{day(2, 5, 0, 15000), day(0, 5, 0, 500)})}, Healthy},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := Judge(config.Source{}, tt.st, store.Count{}, now)[0]; got.Level != tt.want {
				t.Errorf("Judge = %s (%s); want %s", got.Level, got.Why, tt.want)
			}
		})
	}
}
