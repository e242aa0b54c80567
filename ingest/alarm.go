package ingest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/feedfolio/feedfolio/config"
	"github.com/feedfolio/feedfolio/store"
)

// Alarm says that the alarms of a source have changed. It is what a webhook is sent, as JSON.
type Alarm struct {
	Source  string    `json:"source"`
	URL     string    `json:"url"`
	Time    time.Time `json:"time"`
	Raised  []Level   `json:"raised"`  // that were not there before
	Cleared []Level   `json:"cleared"` // that are over
	Active  []Level   `json:"active"`  // all that hold now
	Why     []string  `json:"why"`     // of those that hold now
}

// Webhook POSTs alarms to an address. The body is signed: X-Feedfolio-Signature is "sha256=" and the HMAC-SHA256 of the
// body in hex.
type Webhook struct {
	cfg    config.Alarms
	client *http.Client

	mu    sync.Mutex
	again time.Time // it failed; until then it is left alone
}

// webhookAgain is how long a webhook that failed is left alone. Runs wait for it: when the network is down, and with it
// most sources, each would wait in vain.
const webhookAgain = time.Minute

// errNotNow is the error of a webhook that failed a moment ago.
var errNotNow = errors.New("webhook: it failed a moment ago")

// NewWebhook returns a Webhook, or nil where the configuration names none.
func NewWebhook(cfg config.Alarms) *Webhook {
	if cfg.Webhook == "" {
		return nil
	}
	return &Webhook{cfg: cfg, client: &http.Client{Timeout: 10 * time.Second}}
}

// Send delivers one alarm. An answer other than 2xx is an error, and so is every alarm of the minute after.
func (h *Webhook) Send(ctx context.Context, a Alarm) error {
	h.mu.Lock()
	again := h.again
	h.mu.Unlock()
	if a.Time.Before(again) && again.Sub(a.Time) <= webhookAgain { // further off, the clock was set back
		return errNotNow
	}
	err := h.post(ctx, a)
	if err != nil {
		h.mu.Lock()
		h.again = a.Time.Add(webhookAgain)
		h.mu.Unlock()
	}
	return err
}

func (h *Webhook) post(ctx context.Context, a Alarm) error {
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.cfg.Webhook.Reveal(), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("webhook: not an address")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "feedfolio")
	if key := h.cfg.Secret.Reveal(); key != "" {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write(body)
		req.Header.Set("X-Feedfolio-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return fmt.Errorf("webhook: %w", conceal(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("webhook answers %s", resp.Status)
	}
	return nil
}

// alarm compares a source's alarms with those that were told before, and tells what changed. It returns the alarms that
// count as told: where the webhook fails those of before, so that the next run tries again.
func (r *run) alarm(ctx context.Context, st store.State) []string {
	a := Alarm{Source: r.src.Name, URL: r.src.URL, Time: r.now().UTC().Truncate(time.Second)}
	active := []string{}
	for _, h := range Judge(r.src, st, store.Count{}, r.now()) {
		if !h.Level.Alarm() {
			continue
		}
		active = append(active, string(h.Level))
		a.Active, a.Why = append(a.Active, h.Level), append(a.Why, h.Why)
		if !slices.Contains(st.Alarms, string(h.Level)) {
			a.Raised = append(a.Raised, h.Level)
		}
	}
	for _, old := range st.Alarms {
		if !slices.Contains(active, old) {
			a.Cleared = append(a.Cleared, Level(old))
		}
	}
	r.Metrics.alarms(r.src.Name, active) // also where the webhook fails
	if len(a.Raised)+len(a.Cleared) == 0 {
		return st.Alarms
	}
	if r.Alarms != nil {
		switch err := r.Alarms.Send(ctx, a); {
		case errors.Is(err, errNotNow):
			return st.Alarms
		case err != nil:
			r.log.Error("alarm not delivered; it is tried again after the next run", "raised", a.Raised, "cleared", a.Cleared, "err", err)
			return st.Alarms
		}
	}
	for i, l := range a.Active {
		if slices.Contains(a.Raised, l) {
			r.log.Warn("alarm", "level", string(l), "why", a.Why[i])
		}
	}
	for _, l := range a.Cleared {
		r.log.Info("alarm over", "level", string(l))
	}
	return active
}

// ShowAlarms sets the metrics to the alarms of these sources that were told before this process began.
func (in *Ingester) ShowAlarms(ctx context.Context, all []config.Source) error {
	asked := make(map[string]bool, len(all))
	for i := range all {
		asked[all[i].Name] = !all[i].Disabled
	}
	for st, err := range in.store.States(ctx) {
		if err != nil {
			return err
		}
		if asked[st.Source] && len(st.Alarms) > 0 {
			in.Metrics.alarms(st.Source, st.Alarms)
		}
	}
	return nil
}

// conceal takes the address out of an error of net/http: a webhook's address is often its password.
func conceal(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
