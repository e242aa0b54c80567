package soak

import (
	"context"
	"encoding/binary"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// listen opens one port on all loopback addresses. What arrives on it is stamped by the kernel: on a busy machine a
// server's goroutines run many milliseconds after the bytes have come, which makes true gaps look short.
func listen() (net.Listener, error) {
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		if fault := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1) }); fault != nil {
			return fault
		}
		return err
	}}
	l, err := lc.Listen(context.Background(), "tcp4", "0.0.0.0:0")
	if err != nil {
		return nil, err
	}
	return stamping{l}, nil
}

// stamping is a listener of loopback alone.
type stamping struct{ net.Listener }

// Accept implements net.Listener.
func (l stamping) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		tcp, ok := c.(*net.TCPConn)
		if !ok || !tcp.LocalAddr().(*net.TCPAddr).IP.IsLoopback() {
			_ = c.Close()
			continue
		}
		raw, err := tcp.SyscallConn()
		if err != nil {
			_ = c.Close()
			continue
		}
		return &stamped{TCPConn: tcp, raw: raw}, nil
	}
}

// stamped is a connection that knows when its last bytes came.
type stamped struct {
	*net.TCPConn
	raw syscall.RawConn
	at  atomic.Int64 // Unix nanoseconds
}

// Read implements io.Reader.
func (c *stamped) Read(p []byte) (n int, err error) {
	oob := make([]byte, 64)
	var oobn int
	fault := c.raw.Read(func(fd uintptr) bool {
		n, oobn, _, _, err = unix.Recvmsg(int(fd), p, oob, 0)
		return err != unix.EAGAIN //nolint:errorlint // an Errno
	})
	switch {
	case fault != nil:
		return 0, fault
	case err != nil:
		return 0, &net.OpError{Op: "read", Net: "tcp", Err: err}
	case n == 0 && len(p) > 0:
		return c.TCPConn.Read(p) // the end
	}
	c.at.Store(stampOf(oob[:oobn]).UnixNano())
	return n, nil
}

func stampOf(oob []byte) time.Time {
	all, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return time.Now()
	}
	for _, m := range all {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS && len(m.Data) >= 16 {
			return time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:])))
		}
	}
	return time.Now()
}

type stampKey struct{}

func stampContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, stampKey{}, c)
}

// arrived is when a request came to this machine.
func arrived(r *http.Request) time.Time {
	if c, ok := r.Context().Value(stampKey{}).(*stamped); ok && c.at.Load() != 0 {
		return time.Unix(0, c.at.Load())
	}
	return time.Now()
}
