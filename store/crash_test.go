package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/feedfolio/feedfolio/article"
	"github.com/feedfolio/feedfolio/store"
	"github.com/feedfolio/feedfolio/store/storetest"
)

const crashEnv = "FEEDFOLIO_STORE_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashEnv); dir != "" {
		fmt.Fprintln(os.Stderr, crashing(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

const crashEntries = 30

func crashEntry(n, edition int) article.Entry {
	return article.Entry{
		GUID: fmt.Sprintf("guid-%d", n), Link: fmt.Sprintf("https://news.example/%d", n), Title: fmt.Sprintf("Story %d", n),
		Published: time.Date(2026, 1+time.Month(n%12), 1, 0, 0, 0, 0, time.UTC), Summary: fmt.Sprintf("edition %d", edition),
	}
}

// crashing records, saves and revises until it is killed. It prints a dot for each article.
func crashing(dir string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, settings(dir), store.Options{Exclusive: true})
	if err != nil {
		return err
	}
	for edition := 0; ; edition++ {
		var entries []article.Entry
		for n := range crashEntries {
			entries = append(entries, crashEntry(n, int(time.Now().UnixNano())))
		}
		if _, err := s.Record(ctx, "crash", entries, store.State{Window: []uint64{uint64(edition)}}); err != nil {
			return err
		}
		due, err := s.Pending(ctx, "crash", time.Now(), crashEntries)
		if err != nil {
			return err
		}
		errs := make(chan error, len(due))
		slots := make(chan struct{}, 8)
		for _, p := range due {
			slots <- struct{}{}
			go func() {
				defer func() { <-slots }()
				body := fmt.Sprintf("<p>%s of %s</p>%s", p.Entry.Summary, p.Entry.GUID, strings.Repeat("<p>text</p>\n", 500))
				_, err := s.Save(ctx, p, &article.Article{Title: p.Entry.Title, Body: body, Published: p.Entry.Published},
					&store.Raw{URL: p.Entry.Link, Body: []byte(body)})
				fmt.Print(".")
				errs <- err
			}()
		}
		for range due {
			if err := <-errs; err != nil {
				return err
			}
		}
	}
}

// A process that saves in a loop is killed at random moments: no row is without its file, no file is torn, nothing is
// there twice, and the next process goes on where it stopped.
func TestKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("kills 20 processes")
	}
	dir := t.TempDir()
	orphans, leftovers := int64(0), int64(0)
	for i := range 20 {
		kill(t, dir)
		s := open(t, dir, store.Options{Exclusive: true})
		report, err := s.Verify(t.Context(), store.Watch{})
		if err != nil {
			t.Fatal(err)
		}
		// A file whose commit did not come is "changed" (a newer revision than its row says) or an orphan (no row); its
		// article must still be pending then. Nothing may be missing or torn.
		if report.Missing+report.Torn > 0 {
			t.Fatalf("kill %d: Verify = %+v; want nothing missing, nothing torn", i, report)
		}
		orphans += report.Orphans + report.Changed
		leftovers += report.Leftovers
		checkCrashed(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, dir, store.Options{Exclusive: true})
	finish(t, s)
	report, err := s.Verify(t.Context(), store.Watch{Fault: func(f store.Fault) { t.Logf("%+v", f) }})
	if err != nil || report.Missing+report.Torn+report.Changed+report.Orphans > 0 {
		t.Errorf("Verify after all was saved = %+v, %v", report, err)
	}
	staged, _ := filepath.Glob(filepath.Join(dir, ".tmp", "*", "*"))
	if len(staged) > 0 {
		t.Errorf("temporary files are left: %q", staged)
	}
	t.Logf("after 20 kills: %d files ahead of their rows, %d left-overs; %d files, %d rows in the end", orphans, leftovers, report.Files, report.Rows)
	s.Close()
}

func kill(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 1+rand.IntN(2*crashEntries))); err != nil {
		t.Fatalf("the process ended by itself: %v", err)
	}
	<-time.After(time.Duration(rand.IntN(20_000)) * time.Microsecond)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the process was not killed")
	}
}

// checkCrashed checks that each article is there once, and that files and revisions are of the article of their row.
func checkCrashed(t *testing.T, s *store.Store) {
	t.Helper()
	seen := map[string]bool{}
	for r, err := range s.Articles(t.Context(), store.Query{States: []string{store.StatePending, store.StateStored}}) {
		if err != nil {
			t.Fatal(err)
		}
		if seen[r.GUID] {
			t.Errorf("%s is there twice", r.GUID)
		}
		seen[r.GUID] = true
		if r.Revision == 0 && !r.Waiting {
			t.Errorf("%s is lost: neither stored nor waited for", r.GUID)
		}
	}
	if len(seen) != 0 && len(seen) != crashEntries {
		t.Errorf("%d entries; want %d, recorded in one transaction", len(seen), crashEntries)
	}
}

func finish(t *testing.T, s *store.Store) {
	t.Helper()
	due, err := s.Pending(t.Context(), "crash", time.Now().Add(30*24*time.Hour), 10*crashEntries)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range due {
		if _, err := s.Save(t.Context(), p, &article.Article{Title: p.Entry.Title, Body: "<p>the end</p>"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for r, err := range s.Articles(t.Context(), store.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		revs, err := s.Revisions(t.Context(), r.ID)
		if err != nil || len(revs) != r.Revision {
			t.Errorf("%s: %d revisions, %v; want %d", r.GUID, len(revs), err, r.Revision)
		}
		bodies := map[string]bool{}
		for _, v := range revs {
			a, err := s.Revision(t.Context(), r.ID, v.N)
			if err != nil {
				t.Errorf("%s: revision %d: %v", r.GUID, v.N, err)
				continue
			}
			if bodies[a.Body] || a.GUID != r.GUID {
				t.Errorf("%s: revision %d is there twice, or another article's", r.GUID, v.N)
			}
			bodies[a.Body] = true
		}
	}
}

// fullDisk is Files on which only so many bytes can be written.
type fullDisk struct {
	store.Files
	mu   sync.Mutex
	left int
}

func (f *fullDisk) Stage(ctx context.Context, name string, data []byte, durable bool) (store.Staged, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left < len(data) {
		return nil, &fs.PathError{Op: "write", Path: name, Err: syscall.ENOSPC}
	}
	f.left -= len(data)
	return f.Files.Stage(ctx, name, data, durable)
}

func TestNoSpaceForFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder, err := store.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	disk := &fullDisk{Files: folder, left: 1000}
	s := open(t, dir, store.Options{Files: disk})
	fillUp(t, s, func(err error) {
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("Save on a full disk: %v; want ENOSPC", err)
		}
	})
	disk.mu.Lock()
	disk.left = 1 << 30
	disk.mu.Unlock()
	fillUp(t, s, func(err error) { t.Errorf("Save when there is space again: %v", err) })
}

// A real file system that is full: database and files share it.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	storetest.WithSmallDisk(t, 8, diskFull)
}

func diskFull(t *testing.T, disk *storetest.Disk) {
	dir := disk.Dir
	s := open(t, dir, store.Options{})
	failed := 0
	if _, err := s.Record(t.Context(), "full", []article.Entry{crashEntry(1, 1), crashEntry(2, 1)}, store.State{}); err != nil {
		t.Fatal(err)
	}
	disk.Fill()
	fillUp(t, s, func(err error) {
		failed++
		if !strings.Contains(err.Error(), "no space left") || !strings.Contains(err.Error(), "kB are free") || !strings.Contains(err.Error(), dir) {
			t.Errorf("error on a full disk: %v; want what, where and how much is free", err)
		}
	})
	if failed == 0 {
		t.Error("nothing failed on a full disk")
	}
	half, _ := filepath.Glob(filepath.Join(dir, ".tmp", "*", "*"))
	if len(half) > 0 {
		t.Errorf("half files: %q", half)
	}
	if err := s.Probe(t.Context()); !errors.Is(err, syscall.ENOSPC) || s.Trouble() == nil {
		t.Errorf("Probe on a full disk = %v, Trouble = %v; want that there is no space", err, s.Trouble())
	}
	disk.Empty()
	if err := s.Probe(t.Context()); err != nil || s.Trouble() != nil {
		t.Errorf("Probe when there is space again = %v, Trouble = %v; want none", err, s.Trouble())
	}
	fillUp(t, s, func(err error) { t.Errorf("Save when there is space again: %v", err) })
	if report, err := s.Verify(t.Context(), store.Watch{}); err != nil || !report.Clean() {
		t.Errorf("Verify = %+v, %v", report, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// What is wrong with one article is no trouble of the archive.
func TestTroubleOfOneArticleIsNotTheArchives(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), store.Options{})
	if _, err := s.Record(t.Context(), "one", []article.Entry{crashEntry(1, 1)}, store.State{}); err != nil {
		t.Fatal(err)
	}
	due, err := s.Pending(t.Context(), "one", time.Now(), 1)
	if err != nil || len(due) != 1 {
		t.Fatalf("Pending = %v, %v", due, err)
	}
	for _, a := range []*article.Article{{Title: "A", Status: "no such status"}, {Title: "B"}, {Title: "superseded"}} {
		_, err = s.Save(t.Context(), due[0], a, nil)
	}
	if !errors.Is(err, store.ErrSuperseded) || s.Trouble() != nil {
		t.Errorf("Save = %v, Trouble = %v; want it superseded, and no trouble", err, s.Trouble())
	}
}

func fillUp(t *testing.T, s *store.Store, failed func(error)) {
	t.Helper()
	if _, err := s.Record(t.Context(), "full", []article.Entry{crashEntry(1, 1), crashEntry(2, 1)}, store.State{}); err != nil {
		failed(err)
	}
	due, err := s.Pending(t.Context(), "full", time.Now(), 10)
	if err != nil {
		failed(err)
	}
	for _, p := range due {
		_, err := s.Save(t.Context(), p, &article.Article{Title: p.Entry.Title, Body: strings.Repeat("<p>text</p>", 10_000)}, nil)
		if err != nil {
			failed(err)
		}
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), settings(dir), store.Options{})
	if err == nil {
		s.Close()
		t.Fatal("Open of a folder that cannot be written: no error")
	}
	if !strings.Contains(err.Error(), "must be writable") || !strings.Contains(err.Error(), dir) {
		t.Errorf("Open = %v; want the folder and what to do", err)
	}
}

// Pages are not synced, so that a power cut leaves some in part: they count as not kept, and no older one stands in.
func TestPageThatAPowerCutHasCutOff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	defer s.Close()
	var saved store.Saved
	for edition := range 2 {
		if _, err := s.Record(t.Context(), "crash", []article.Entry{crashEntry(1, edition)}, store.State{}); err != nil {
			t.Fatal(err)
		}
		due, err := s.Pending(t.Context(), "crash", time.Now(), 1)
		if err != nil || len(due) != 1 {
			t.Fatalf("Pending = %v, %v", due, err)
		}
		body := fmt.Sprintf("<p>edition %d</p>", edition)
		if saved, err = s.Save(t.Context(), due[0], &article.Article{Title: "T", Body: body}, &store.Raw{URL: due[0].Entry.Link, Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
	pages, err := filepath.Glob(filepath.Join(dir, "raw", "crash", "*", "*", "*", "2.html.zst"))
	if err != nil || len(pages) != 1 {
		t.Fatalf("kept pages: %q, %v", pages, err)
	}
	for _, size := range []int64{0, 20} {
		if err := os.Truncate(pages[0], size); err != nil {
			t.Fatal(err)
		}
		if raw, err := s.Raw(t.Context(), saved.ID, saved.Revision); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Raw of %d bytes = %+v, %v; want ErrNotFound", size, raw, err)
		}
	}
}
