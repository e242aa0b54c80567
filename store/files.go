package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Files keeps the files of an archive under slash-separated names such as "articles/sina/2026/01/x.md". A name is
// either there whole or not at all, whenever the process or the machine stops. Implementations may be used by many
// goroutines. Errors about a missing name match fs.ErrNotExist.
type Files interface {
	// Stage writes data to safe storage, without anything to be seen under name yet. durable asks that it survives
	// power loss; without it only the end of the process. The caller ends every Staged, by Publish or Discard.
	Stage(ctx context.Context, name string, data []byte, durable bool) (Staged, error)
	// Sync makes what was published in these folders survive power loss.
	Sync(ctx context.Context, folders ...string) error
	// Read returns a whole file. A file above limit bytes is an error, not a large slice; limit <= 0 means none.
	Read(ctx context.Context, name string, limit int64) ([]byte, error)
	// Stat returns the size of a file.
	Stat(ctx context.Context, name string) (size int64, err error)
	// Walk calls fn for each file below folder, without order; names that begin with a dot are passed over.
	// A missing folder has no files.
	Walk(ctx context.Context, folder string, fn func(name string) error) error
	// Remove deletes a file; a missing one is no error.
	Remove(ctx context.Context, name string) error
	// Leftovers returns files that a process which is gone has staged and never published.
	Leftovers(ctx context.Context) ([]string, error)
	// Close removes what this process has staged and not published.
	Close() error
}

// Staged is a file that is written, but not yet to be seen under its name.
type Staged interface {
	// Publish makes the file appear under its name, at once and whole, in place of what was there.
	// The name is safe from power loss after Files.Sync of its folder.
	Publish() error
	// Discard forgets the file. After Publish it does nothing.
	Discard()
}

// staging is the folder in which files are written before they are renamed. One folder for the whole archive, and not
// the file's own, so that sweeping after a crash costs as much as the crash left behind, not as much as is stored.
const staging = ".tmp"

// Folder is Files in a local folder. Every access goes through an os.Root: no name and no symbolic link leaves it.
type Folder struct {
	dir  string
	root *os.Root

	mu   sync.Mutex
	own  string   // this process's folder in staging; "" until it writes
	temp *os.Root // the same: a file in it is made without opening the folders above
	lock *os.File // held while the process lives, so that others know

	making sync.RWMutex    // while a folder is made and synced
	made   map[string]bool // folders that are there, and synced; Publish notices when one has gone
}

// maxMade bounds Folder.made.
const maxMade = 10_000

// OpenFolder opens dir as Files and makes it where it is missing. Nothing in it is written before the first Stage: who
// only reads can do so on a disk that is full, or not to be written to.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open archive %s: %w", dir, plain(err, dir))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open archive %s: %w", dir, plain(err, dir))
	}
	return &Folder{dir: dir, root: root, made: map[string]bool{}}, nil
}

// begin returns this process's staging folder. At first it makes it, and removes what dead processes left half written.
// The folder's lock comes first and the kernel frees it when the process dies, so a folder without a locked lock belongs
// to nobody.
func (f *Folder) begin() (*os.Root, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.own != "" {
		return f.temp, nil
	}
	if err := f.root.MkdirAll(staging, 0o755); err != nil {
		return nil, err
	}
	f.sweep()
	own := path.Join(staging, random())
	lock, err := f.root.OpenFile(own+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err = flock(lock, true); err == nil {
		err = f.root.Mkdir(own, 0o755)
	}
	var temp *os.Root
	if err == nil {
		temp, err = f.root.OpenRoot(own)
	}
	if err != nil {
		f.root.Remove(own + ".lock")
		return nil, errors.Join(err, lock.Close())
	}
	f.own, f.temp, f.lock = own, temp, lock
	return temp, nil
}

// sweep removes the staging folders of processes that are gone. What it cannot remove stays: nothing depends on it.
func (f *Folder) sweep() {
	entries, err := fs.ReadDir(f.root.FS(), staging)
	if err != nil {
		return
	}
	for _, e := range entries {
		name := path.Join(staging, e.Name())
		switch {
		case e.IsDir() && f.dead(name):
			f.root.RemoveAll(name)
			f.root.Remove(name + ".lock")
		case strings.HasSuffix(e.Name(), ".lock"):
			f.sweepLock(name)
		}
	}
}

// dead reports whether no process holds the lock of a staging folder.
func (f *Folder) dead(folder string) bool {
	if !canLock {
		return false
	}
	lock, err := f.root.OpenFile(folder+".lock", os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if err != nil {
		return false
	}
	defer lock.Close()
	return flock(lock, false) == nil
}

// sweepLock removes a lock whose folder is gone. A young one may belong to a process that is about to make its folder.
func (f *Folder) sweepLock(name string) {
	if _, err := f.root.Stat(strings.TrimSuffix(name, ".lock")); err == nil {
		return
	}
	info, err := f.root.Stat(name)
	if err != nil || time.Since(info.ModTime()) < time.Hour {
		return
	}
	f.root.Remove(name)
}

// Stage implements Files: temporary file, write, fsync.
func (f *Folder) Stage(ctx context.Context, name string, data []byte, durable bool) (Staged, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !fs.ValidPath(name) || name == "." {
		return nil, fmt.Errorf("write %q: the name leaves the archive", name)
	}
	in, err := f.begin()
	if err == nil {
		err = f.mkdir(path.Dir(name), durable) // now, not in Publish: that is called with the database locked
	}
	temp := random()
	if err == nil {
		err = write(in, temp, data, durable)
	}
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", f.path(name), plain(err, f.dir))
	}
	return &stagedFile{f: f, temp: temp, name: name}, nil
}

// write makes a file in a folder, or nothing.
func write(in *os.Root, name string, data []byte, durable bool) (err error) {
	w, err := in.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, w.Close()); err != nil {
			in.Remove(name)
		}
	}()
	if _, err := w.Write(data); err != nil {
		return err
	}
	if !durable {
		return nil
	}
	return w.Sync()
}

type stagedFile struct {
	f          *Folder
	temp, name string
	done       bool
}

// Publish renames the file. Its folder is there, unless somebody has removed it meanwhile.
func (s *stagedFile) Publish() error {
	temp := path.Join(s.f.own, s.temp)
	err := s.f.root.Rename(temp, s.name)
	if errors.Is(err, fs.ErrNotExist) {
		s.f.forget()
		if err = s.f.mkdir(path.Dir(s.name), true); err == nil {
			err = s.f.root.Rename(temp, s.name)
		}
	}
	if errors.Is(err, syscall.EXDEV) {
		err = s.across()
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", s.f.path(s.name), plain(err, s.f.dir))
	}
	s.done = true
	return nil
}

// across publishes into a folder that is another file system, where a rename from staging cannot reach.
func (s *stagedFile) across() error {
	data, err := s.f.temp.ReadFile(s.temp)
	if err != nil {
		return err
	}
	near := path.Join(path.Dir(s.name), ".tmp-"+random())
	if err := write(s.f.root, near, data, true); err != nil {
		return err
	}
	if err := s.f.root.Rename(near, s.name); err != nil {
		s.f.root.Remove(near)
		return err
	}
	s.f.temp.Remove(s.temp)
	return nil
}

// Discard removes the temporary file.
func (s *stagedFile) Discard() {
	if s.done {
		return
	}
	s.done = true
	s.f.temp.Remove(s.temp)
}

// mkdir makes folder and, for durable files, syncs the folders above it that gain a name. A folder that another
// goroutine is making is there only when that one has synced it. Folders for other files are as many as these, so they
// are made without looking first, and not remembered.
func (f *Folder) mkdir(folder string, durable bool) error {
	if !durable {
		err := f.root.Mkdir(folder, 0o755)
		if errors.Is(err, fs.ErrNotExist) {
			return f.root.MkdirAll(folder, 0o755)
		}
		return unlessThere(err)
	}
	f.making.RLock()
	known := f.made[folder]
	f.making.RUnlock()
	if known {
		return nil
	}
	f.making.Lock()
	defer f.making.Unlock()
	err := f.mkdirs(folder)
	if errors.Is(err, fs.ErrNotExist) {
		clear(f.made) // somebody has removed one of them
		err = f.mkdirs(folder)
	}
	return err
}

// mkdirs makes a folder that is not known to be there. The caller holds making.
func (f *Folder) mkdirs(folder string) error {
	if folder == "." || f.made[folder] {
		return nil
	}
	parent := path.Dir(folder)
	if _, err := f.root.Stat(folder); err != nil {
		if err := f.mkdirs(parent); err != nil {
			return err
		}
		if err := unlessThere(f.root.Mkdir(folder, 0o755)); err != nil {
			return err
		}
		if err := f.sync(parent); err != nil {
			return err
		}
	}
	if len(f.made) >= maxMade {
		clear(f.made)
	}
	f.made[folder] = true
	return nil
}

// forget makes folders be looked for again, since one was not there.
func (f *Folder) forget() {
	f.making.Lock()
	defer f.making.Unlock()
	clear(f.made)
}

func unlessThere(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// Sync implements Files: fsync of each folder.
func (f *Folder) Sync(_ context.Context, folders ...string) error {
	for _, folder := range folders {
		if err := f.sync(folder); err != nil {
			return fmt.Errorf("sync folder %s: %w", f.path(folder), plain(err, f.dir))
		}
	}
	return nil
}

func (f *Folder) sync(folder string) error {
	d, err := f.root.Open(folder)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Read implements Files.
func (f *Folder) Read(ctx context.Context, name string, limit int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r, err := f.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.path(name), plain(err, f.dir))
	}
	defer r.Close()
	data, err := readAll(r, limit)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.path(name), plain(err, f.dir))
	}
	return data, nil
}

// Stat implements Files.
func (f *Folder) Stat(_ context.Context, name string) (int64, error) {
	info, err := f.root.Stat(filepath.FromSlash(name))
	if err != nil {
		return 0, fmt.Errorf("look at %s: %w", f.path(name), plain(err, f.dir))
	}
	return info.Size(), nil
}

// Walk implements Files. It holds one folder's names at a time.
func (f *Folder) Walk(ctx context.Context, folder string, fn func(name string) error) error {
	err := fs.WalkDir(f.root.FS(), folder, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == folder && errors.Is(err, fs.ErrNotExist):
			return fs.SkipAll
		case err != nil:
			return plain(err, f.dir)
		case ctx.Err() != nil:
			return ctx.Err()
		case strings.HasPrefix(d.Name(), ".") && d.IsDir() && name != ".":
			return fs.SkipDir
		case strings.HasPrefix(d.Name(), ".") || !d.Type().IsRegular():
			return nil
		}
		return fn(name)
	})
	if err != nil {
		return fmt.Errorf("walk %s: %w", f.path(folder), err)
	}
	return nil
}

// Remove implements Files.
func (f *Folder) Remove(_ context.Context, name string) error {
	if err := f.root.Remove(filepath.FromSlash(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", f.path(name), plain(err, f.dir))
	}
	return nil
}

// Leftovers implements Files.
func (f *Folder) Leftovers(ctx context.Context) ([]string, error) {
	entries, err := fs.ReadDir(f.root.FS(), staging)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read folder %s: %w", f.path(staging), plain(err, f.dir))
	}
	var found []string
	for _, e := range entries {
		name := path.Join(staging, e.Name())
		if ctx.Err() != nil || !e.IsDir() || !f.dead(name) {
			continue
		}
		files, _ := fs.ReadDir(f.root.FS(), name)
		for _, file := range files {
			found = append(found, path.Join(name, file.Name()))
		}
	}
	return found, ctx.Err()
}

// Close implements Files.
func (f *Folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.own == "" {
		return f.root.Close()
	}
	f.root.RemoveAll(f.own)
	f.root.Remove(f.own + ".lock")
	return errors.Join(f.temp.Close(), f.lock.Close(), f.root.Close())
}

// path is where a name is, for messages.
func (f *Folder) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// plain takes the operation and the temporary name out of an error of the operating system: the caller says what was
// being done to what. Where a person can do something about it, it says what; folder is on the disk in question.
func plain(err error, folder string) error {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		err = pe.Err
	case errors.As(err, &le):
		err = le.Err
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return noSpace(err, folder)
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w (the archive must be writable for the user that feedfolio runs as)", err)
	}
	return err
}

func random() string {
	var b [12]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
