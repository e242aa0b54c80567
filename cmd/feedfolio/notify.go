package main

import (
	"context"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// notify tells systemd how the daemon is (sd_notify(3)); elsewhere it does nothing.
func (a *app) notify(state string) error {
	socket := a.getenv("NOTIFY_SOCKET")
	if socket == "" {
		return nil
	}
	if abstract, found := strings.CutPrefix(socket, "@"); found {
		socket = "\x00" + abstract
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Write([]byte(state))
	return err
}

// watchdog pats systemd's watchdog for as long as alive says so, twice in its interval.
func (a *app) watchdog(ctx context.Context, alive func() bool) error {
	usec, err := strconv.ParseInt(a.getenv("WATCHDOG_USEC"), 10, 64)
	if pid := a.getenv("WATCHDOG_PID"); err != nil || usec <= 0 || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(time.Duration(usec) * time.Microsecond / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if alive() {
				_ = a.notify("WATCHDOG=1") // a socket that is gone is systemd's to notice
			}
		}
	}
}
