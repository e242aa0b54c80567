package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/store"
	"github.com/feedfolio/feedfolio/store/storetest"
)

func open(t *testing.T, dir string, opt store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), settings(dir), opt)
	if err != nil {
		t.Fatalf("Open(%s): %v", dir, err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestOneDaemonAndItsGuests(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	daemon := open(t, dir, store.Options{Exclusive: true})
	if _, err := store.Open(t.Context(), settings(dir), store.Options{Exclusive: true}); !errors.Is(err, store.ErrLocked) {
		t.Errorf("second daemon: %v; want ErrLocked", err)
	}
	guest := open(t, dir, store.Options{})
	if err := guest.Touch(t.Context(), store.State{Source: "a", Title: "by the guest"}); err != nil {
		t.Fatal(err)
	}
	if st, err := daemon.State(t.Context(), "a"); err != nil || st.Title != "by the guest" {
		t.Errorf("State = %+v, %v", st, err)
	}
	if err := daemon.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, store.Options{Exclusive: true})
}

func TestClosedTwiceAndUsedAfter(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), store.Options{})
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
}

func TestDatabaseThatIsNone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		harm func(t *testing.T, file string)
	}{
		{"another kind of file", func(t *testing.T, file string) { put(t, file, []byte(strings.Repeat("no database ", 1000))) }},
		{"a damaged header", func(t *testing.T, file string) { overwrite(t, file, 0, 4096) }},
		{"damaged tables", func(t *testing.T, file string) { overwrite(t, file, 100, 8192) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir, store.Options{})
			fillUp(t, s, func(err error) { t.Error(err) })
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			tt.harm(t, filepath.Join(dir, "feedfolio.db"))
			s, err := store.Open(t.Context(), settings(dir), store.Options{})
			if err == nil {
				s.Close()
			}
			if !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), "feedfolio reindex") {
				t.Fatalf("Open = %v; want ErrCorrupt, naming reindex", err)
			}
			s = open(t, dir, store.Options{Exclusive: true, Rebuild: true})
			if report, err := s.Reindex(t.Context(), store.Watch{}); err != nil || report.Added != 2 {
				t.Errorf("Reindex = %+v, %v; want 2 added", report, err)
			}
			if aside, _ := filepath.Glob(filepath.Join(dir, "feedfolio.db.broken-*")); len(aside) == 0 {
				t.Error("the damaged database was not kept aside")
			}
		})
	}
}

func put(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func overwrite(t *testing.T, file string, from, to int) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := from; i < min(to, len(data)); i++ {
		data[i] = 'x'
	}
	put(t, file, data)
}

func raw(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "feedfolio.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	return db
}

func TestDatabaseOfANewerVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir, store.Options{}).Close()
	if _, err := raw(t, dir).Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), settings(dir), store.Options{})
	if err == nil {
		s.Close()
	}
	if !errors.Is(err, store.ErrNewer) {
		t.Errorf("Open = %v; want ErrNewer", err)
	}
}

func TestDatabaseLockedByAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	db := raw(t, dir)
	if _, err := db.Exec(`BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	// Reading goes on.
	for _, err := range s.States(t.Context()) {
		if err != nil {
			t.Errorf("States beside a writer: %v", err)
		}
	}
	done := make(chan error)
	go func() { done <- s.Touch(context.Background(), store.State{Source: "a"}) }()
	if !testing.Short() {
		if err := <-done; !errors.Is(err, store.ErrBusy) {
			t.Errorf("Touch = %v; want ErrBusy", err)
		}
		go func() { done <- s.Touch(context.Background(), store.State{Source: "a"}) }()
	}
	if _, err := db.Exec(`COMMIT`); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("Touch after the lock was freed: %v", err)
	}
}

func TestReadOnlyFileSystem(t *testing.T) {
	t.Parallel()
	storetest.WithSmallDisk(t, 8, func(t *testing.T, disk *storetest.Disk) {
		disk.ReadOnly()
		s, err := store.Open(t.Context(), settings(disk.Dir), store.Options{})
		if err == nil {
			s.Close()
			t.Fatal("Open on a read-only file system: no error")
		}
		if !strings.Contains(err.Error(), "must be writable") || !strings.Contains(err.Error(), disk.Dir) {
			t.Errorf("Open = %v; want the folder and what to do", err)
		}
	})
}

// Who only reads waits for nobody, and writes nothing.
func TestReadingBesideAWriterAndOnAFullDisk(t *testing.T) {
	t.Parallel()
	storetest.WithSmallDisk(t, 8, func(t *testing.T, disk *storetest.Disk) {
		s := open(t, disk.Dir, store.Options{Exclusive: true})
		fillUp(t, s, func(err error) { t.Fatal(err) })
		if _, err := raw(t, disk.Dir).Exec(`BEGIN IMMEDIATE`); err != nil {
			t.Fatal(err)
		}
		disk.Fill()
		begin := time.Now()
		guest := open(t, disk.Dir, store.Options{})
		if counts, err := guest.Counts(t.Context()); err != nil || len(counts) != 1 || counts[0].Stored != 2 {
			t.Errorf("Counts = %+v, %v; want 2 stored", counts, err)
		}
		for r, err := range guest.Articles(t.Context(), store.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := guest.Article(t.Context(), r.Path); err != nil {
				t.Errorf("Article(%s): %v", r.Path, err)
			}
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("that took %s; want no waiting for the writer", took)
		}
	})
}

func TestClockThatJumps(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := time.Date(2038, 1, 19, 0, 0, 0, 0, time.UTC) // a machine that starts before its clock is set
	clock := func() time.Time { return now }
	s := open(t, dir, store.Options{Now: clock})
	ctx := t.Context()
	if _, err := s.Record(ctx, "a", []article.Entry{crashEntry(1, 1), crashEntry(2, 1)}, store.State{}); err != nil {
		t.Fatal(err)
	}
	due, err := s.Pending(ctx, "a", now, 10)
	if err != nil || len(due) != 2 {
		t.Fatalf("Pending = %+v, %v", due, err)
	}
	if err := s.Fail(ctx, due[0], store.Failure{Reason: "no", Next: now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	now = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	s = open(t, dir, store.Options{Now: clock})
	due, err = s.Pending(ctx, "a", now, 10)
	if err != nil || len(due) != 2 {
		t.Fatalf("Pending after the clock went back = %+v, %v; want both due", due, err)
	}
	for _, p := range due {
		if _, err := s.Save(ctx, p, &article.Article{Title: p.Entry.Title, Body: "<p>x</p>"}, nil); err != nil {
			t.Errorf("Save: %v", err)
		}
	}
	if rec, err := s.Record(ctx, "a", []article.Entry{crashEntry(1, 1), crashEntry(2, 1)}, store.State{}); err != nil || rec.New+rec.Changed != 0 {
		t.Errorf("Record = %+v, %v; want nothing new", rec, err)
	}
}

// Folders that were made once are not looked for again. One that somebody removes meanwhile is made anew all the same.
func TestFolderRemovedMeanwhile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files, err := store.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	stage := func(name string) store.Staged {
		t.Helper()
		st, err := files.Stage(t.Context(), name, []byte(name), true)
		if err != nil {
			t.Fatalf("Stage(%s): %v", name, err)
		}
		return st
	}
	publish := func(st store.Staged, name string) {
		t.Helper()
		if err := st.Publish(); err != nil {
			t.Fatalf("Publish(%s): %v", name, err)
		}
		if got, err := files.Read(t.Context(), name, 0); err != nil || string(got) != name {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
	const march, april = "articles/a/2026/03/x.md", "articles/a/2026/04/y.md"
	publish(stage(march), march)
	for _, tt := range []struct{ gone, then string }{
		{"articles/a/2026/03", march}, // known, and gone
		{"articles/a", march},
		{"articles", april}, // what is above it is known, and gone
	} {
		if err := os.RemoveAll(filepath.Join(dir, tt.gone)); err != nil {
			t.Fatal(err)
		}
		publish(stage(tt.then), tt.then)
	}
	st := stage(april)
	if err := os.RemoveAll(filepath.Join(dir, "articles")); err != nil {
		t.Fatal(err)
	}
	publish(st, april)
}
