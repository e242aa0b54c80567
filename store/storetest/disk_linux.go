package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Disk is a small file system of its own, for trials of what happens when it is full or read-only.
type Disk struct {
	Dir string // its top folder

	t        testing.TB
	readOnly func() error
}

// inside is set in the environment of a test that runs in a name space of its own.
const inside = "FEEDFOLIO_TEST_NAMESPACE"

// WithSmallDisk runs a trial on a file system of a few mebibytes, which goes with the test: one that root mounts, or
// sudo where it asks for no password, or a small /dev/shm as containers have, or one in a name space of the user's own,
// in which the test is run anew. A machine with none of them fails the test: what happens when a disk is full does not
// go untried.
func WithSmallDisk(t *testing.T, mebibytes int, trial func(t *testing.T, d *Disk)) {
	t.Helper()
	var all []string
	for _, way := range []func(testing.TB, int) (*Disk, error){byRoot, bySudo, inSharedMemory} {
		d, err := way(t, mebibytes)
		if err == nil {
			d.t = t
			trial(t, d)
			return
		}
		all = append(all, err.Error())
	}
	if os.Getenv(inside) != "" {
		t.Fatalf("there is no way to a small disk here: %s", strings.Join(all, "; "))
	}
	anew(t, strings.Join(all, "; "))
}

// anew runs the test in another process, which is root in a name space of its own.
func anew(t *testing.T, why string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "unshare", "--map-root-user", "--mount", os.Args[0], //nolint:gosec // ourselves
		"-test.v", "-test.run", "^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$")
	cmd.Env = append(os.Environ(), inside+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Fatalf("%s; in a name space of its own: %v\n%s", why, err, out)
	}
	t.Logf("in a name space of its own:\n%s", out)
}

func byRoot(t testing.TB, mebibytes int) (*Disk, error) {
	at := t.TempDir()
	if err := syscall.Mount("tmpfs", at, "tmpfs", 0, fmt.Sprintf("size=%dm", mebibytes)); err != nil {
		return nil, fmt.Errorf("mount: %w", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(at, syscall.MNT_DETACH) })
	return &Disk{Dir: at, readOnly: func() error {
		return syscall.Mount("tmpfs", at, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, "")
	}}, nil
}

func bySudo(t testing.TB, mebibytes int) (*Disk, error) {
	at := t.TempDir()
	sudo := func(args ...string) error {
		out, err := exec.Command("sudo", append([]string{"-n"}, args...)...).CombinedOutput() //nolint:gosec,noctx // ours; also after the test's context
		if err != nil {
			return fmt.Errorf("sudo %s: %w: %s", args[0], err, bytes.TrimSpace(out))
		}
		return nil
	}
	if err := sudo("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm,uid=%d", mebibytes, os.Getuid()), "tmpfs", at); err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = sudo("umount", "--lazy", at) })
	return &Disk{Dir: at, readOnly: func() error { return sudo("mount", "-o", "remount,bind,ro", at) }}, nil
}

// inSharedMemory takes the tmpfs of a container. One that is large, as a real machine's is, is not to be filled.
func inSharedMemory(t testing.TB, _ int) (*Disk, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &st); err != nil {
		return nil, fmt.Errorf("/dev/shm: %w", err)
	}
	if total := int64(st.Blocks) * st.Bsize; total > 256<<20 {
		return nil, errors.New("/dev/shm is too large to be filled")
	}
	at, err := os.MkdirTemp("/dev/shm", "feedfolio-") //nolint:usetesting // on that file system
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = os.RemoveAll(at) })
	return &Disk{Dir: at, readOnly: func() error { return errors.New("/dev/shm stays writable") }}, nil
}

// Fill writes until nothing more fits.
func (d *Disk) Fill() {
	d.t.Helper()
	f, err := os.OpenFile(d.ballast(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			d.t.Fatalf("fill the disk: %v", err)
		}
	}
}

// Empty makes room again.
func (d *Disk) Empty() {
	d.t.Helper()
	if err := os.Remove(d.ballast()); err != nil {
		d.t.Fatal(err)
	}
}

func (d *Disk) ballast() string { return filepath.Join(d.Dir, "ballast") }

// ReadOnly makes it so that nothing can be written. Nobody may have a file open for writing.
func (d *Disk) ReadOnly() {
	d.t.Helper()
	if err := d.readOnly(); err != nil {
		d.t.Skipf("it cannot be made read-only: %v", err)
	}
}
