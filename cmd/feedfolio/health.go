package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) healthCmd() *cobra.Command {
	var ready bool
	var address string
	c := &cobra.Command{
		Use:   "health",
		Short: "Ask the running daemon whether it is well",
		Long: `Health asks the daemon of this configuration at its listen address, and exits with
1 unless it is well: for health checks of containers, which have no curl.`,
		Example: "  feedfolio health\n  feedfolio health --ready",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if address == "" {
				cfg, err := a.load()
				if err != nil {
					return err
				}
				address = cfg.Listen
			}
			return a.health(c.Context(), address, ready)
		},
	}
	c.Flags().BoolVar(&ready, "ready", false, "ask whether it keeps up, too")
	c.Flags().StringVar(&address, "listen", "", "the daemon's address (default: the configuration's listen)")
	return c
}

func (a *app) health(ctx context.Context, listen string, ready bool) error {
	if listen == "" {
		return &hinted{errors.New("the daemon does not listen"), "set listen: 127.0.0.1:8080 in the configuration"}
	}
	path := "/healthz"
	if ready {
		path = "/readyz"
	}
	code, body, err := ask(ctx, listen, path)
	if err != nil {
		return &hinted{err, "is feedfolio run running, and does it listen there?"}
	}
	said := strings.TrimSpace(string(body))
	if code != http.StatusOK {
		return fmt.Errorf("the daemon answers %d: %s", code, cmp.Or(said, "nothing more"))
	}
	fmt.Fprintln(a.stdout, said)
	return nil
}

// ask asks the daemon that listens there. It is one of this machine: no proxy is used.
func ask(ctx context.Context, listen, path string) (code int, body []byte, err error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return 0, nil, fmt.Errorf("ask the daemon: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, nil)
	if err != nil {
		return 0, nil, fmt.Errorf("ask the daemon: %w", err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		if whole, ok := errors.AsType[*url.Error](err); ok {
			err = whole.Err // which has the address, too
		}
		return 0, nil, fmt.Errorf("ask the daemon: %w", err)
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(io.LimitReader(resp.Body, 64<<10)); err != nil {
		return 0, nil, fmt.Errorf("ask the daemon: %w", err)
	}
	return resp.StatusCode, body, nil
}
