package storetest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
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

	t  testing.TB
	do func(command string) error // a shell command in which $DIR is the place where it is mounted
}

// SmallDisk makes a file system of a few mebibytes that lasts as long as the test: in a name space of its own, which
// needs no rights, or by sudo, or it takes a small /dev/shm, as containers have. A machine with none of them fails the
// test: what happens when a disk is full is not left untried.
func SmallDisk(t testing.TB, mebibytes int) *Disk {
	t.Helper()
	var all []string
	for _, make := range []func(testing.TB, int) (*Disk, error){inNamespace, bySudo, inSharedMemory} {
		d, err := make(t, mebibytes)
		if err == nil {
			d.t = t
			return d
		}
		all = append(all, err.Error())
	}
	t.Fatalf("there is no way to a small disk here: %s", strings.Join(all, "; "))
	return nil
}

// inNamespace has a shell mount it where only that shell sees it; others reach it through the shell's root folder.
func inNamespace(t testing.TB, mebibytes int) (*Disk, error) {
	rights := "-rm"
	if os.Getuid() == 0 {
		rights = "-m"
	}
	at := t.TempDir()
	//nolint:noctx // it must outlive the test's context, like what is open on the disk
	cmd := exec.Command("unshare", rights, "sh", "-c", `while read -r line; do eval "$line" 2>&1 && echo done || echo failed; done`)
	cmd.Env = append(os.Environ(), "DIR="+at)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() }) // with its last process the name space goes, and the mount
	d := &Disk{Dir: fmt.Sprintf("/proc/%d/root%s", cmd.Process.Pid, at), do: shell(in, bufio.NewScanner(out))}
	if err := d.do(fmt.Sprintf(`mount -t tmpfs -o size=%dm tmpfs "$DIR"`, mebibytes)); err != nil {
		return nil, fmt.Errorf("unshare %s: %w", rights, err)
	}
	if err := os.WriteFile(filepath.Join(d.Dir, "try"), nil, 0o600); err != nil {
		return nil, err
	}
	return d, os.Remove(filepath.Join(d.Dir, "try"))
}

func shell(in io.Writer, out *bufio.Scanner) func(string) error {
	return func(command string) error {
		if _, err := fmt.Fprintln(in, command); err != nil {
			return err
		}
		var said []string
		for out.Scan() {
			switch line := out.Text(); line {
			case "done":
				return nil
			case "failed":
				return errors.New(strings.Join(said, "; "))
			default:
				said = append(said, line)
			}
		}
		return errors.New("the shell has ended")
	}
}

// bySudo mounts it for all to see, where nobody is asked for a password.
func bySudo(t testing.TB, mebibytes int) (*Disk, error) {
	d := &Disk{Dir: t.TempDir()}
	d.do = func(command string) error {
		out, err := exec.CommandContext(t.Context(), "sudo", "-n", "DIR="+d.Dir, "sh", "-c", command).CombinedOutput() //nolint:gosec // ours
		if err != nil {
			return fmt.Errorf("sudo: %w: %s", err, out)
		}
		return nil
	}
	if err := d.do(fmt.Sprintf(`mount -t tmpfs -o size=%dm,uid=%d tmpfs "$DIR"`, mebibytes, os.Getuid())); err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = exec.Command("sudo", "-n", "umount", "-l", d.Dir).Run() }) //nolint:gosec,noctx // after the test's context
	return d, nil
}

// inSharedMemory takes the tmpfs of a container. One that is large, as a real machine's is, is not to be filled.
func inSharedMemory(t testing.TB, _ int) (*Disk, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &st); err != nil {
		return nil, err
	}
	if total := int64(st.Blocks) * st.Bsize; total > 256<<20 {
		return nil, errors.New("/dev/shm is too large to be filled")
	}
	dir, err := os.MkdirTemp("/dev/shm", "feedfolio-") //nolint:usetesting // on that file system
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return &Disk{Dir: dir, do: func(string) error { return errors.New("/dev/shm cannot be mounted anew") }}, nil
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

// ReadOnly mounts it anew, so that nothing can be written. Nobody may have a file open for writing.
func (d *Disk) ReadOnly() {
	d.t.Helper()
	if err := d.do(`mount -o remount,bind,ro "$DIR"`); err != nil {
		d.t.Fatalf("mount it read-only: %v", err)
	}
}
