//go:build !linux

package soak

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// listen needs a loopback that is a whole network, which only Linux has.
func listen() (net.Listener, error) {
	return nil, errors.New("the simulated web needs the addresses 127.1.x.y, which this system's loopback does not have")
}

func stampContext(ctx context.Context, _ net.Conn) context.Context { return ctx }

func arrived(*http.Request) time.Time { return time.Now() }
