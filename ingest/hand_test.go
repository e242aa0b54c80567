package ingest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/ingest"
	"github.com/feedfolio/feedfolio/store"
)

// rowOf is the article that a source has of an address.
func (w *week) rowOf(source, address string) (row store.Row, found bool) {
	w.t.Helper()
	for r, err := range w.store.Articles(w.t.Context(), store.Query{Sources: []string{source}}) {
		if err != nil {
			w.t.Fatal(err)
		}
		if strings.HasSuffix(r.Link, address) {
			return r, true
		}
	}
	return row, false
}

// A user removes files, or edits them, while all goes on: whoever lists the same has it all the same, and nothing stops.
func TestFilesThatAHandHasTouched(t *testing.T) {
	t.Parallel()
	w := newWeek(t)
	item := [3]string{"wire.example/orders", "Orders rise", "Export orders rise"}
	w.page("wire.example/orders", "Orders rise", ordersText, outlook, busy)
	w.feed("wire", item)
	w.until(on(0, 9, 0), time.Hour)
	row, _ := w.rowOf("wire", "orders")
	file := filepath.Join(w.cfg.Archive, filepath.FromSlash(row.Path))
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	skipped := 0
	err := w.in.Reprocess(t.Context(), w.cfg.Source, store.Query{}, false, func(one ingest.Reprocessed) error {
		if one.Skipped != "" {
			skipped++
		}
		return nil
	})
	if err != nil || skipped != 1 {
		t.Errorf("Reprocess = %v, %d skipped; want the one whose file is gone skipped", err, skipped)
	}
	// Another source lists the same address, and something else.
	w.page("paper.example/rates", "Rates stay", ratesText, ratesMore, outlook)
	w.feed("paper", item, [3]string{"paper.example/rates", "Rates stay", "The central bank waits"})
	w.until(on(0, 11, 0), time.Hour)
	for _, address := range []string{"orders", "rates"} {
		if row, found := w.rowOf("paper", address); !found || row.Status != article.Full {
			t.Errorf("paper has of %s: %+v, %t; want it whole", address, row, found)
		}
	}
	// The publisher corrects what was removed: the correction is there.
	w.page("wire.example/orders", "Orders rise", strings.ReplaceAll(ordersText, "October", "November"), outlook, busy)
	w.until(on(1, 9, 0), time.Hour)
	if row, _ := w.rowOf("wire", "orders"); row.Revision != 2 {
		t.Errorf("a correction of what was removed: %+v; want revision 2", row)
	}
	if data, err := os.ReadFile(file); err != nil || !strings.Contains(string(data), "November") {
		t.Errorf("its file: %v, %s", err, data)
	}
	// A file that was edited stays as it was edited, until the publisher corrects it; then it is a revision.
	row, _ = w.rowOf("paper", "rates")
	file = filepath.Join(w.cfg.Archive, filepath.FromSlash(row.Path))
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.ReplaceAll(string(data), "central bank", "reserve bank")
	if err := os.WriteFile(file, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	w.until(on(1, 13, 0), time.Hour)
	if data, err := os.ReadFile(file); err != nil || string(data) != edited {
		t.Errorf("a file that was edited is now %s, %v", data, err)
	}
	w.page("paper.example/rates", "Rates stay", strings.ReplaceAll(ratesText, "Monday", "Tuesday"), ratesMore, outlook)
	w.until(on(3, 9, 0), 2*time.Hour)
	a, err := w.store.Revision(t.Context(), row.ID, 1)
	if err != nil || !strings.Contains(a.Body, "reserve bank") {
		t.Errorf("its revision 1 is %+v, %v; want what was edited", a, err)
	}
}
