package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// stopMost is how long the program may take to end once it was told to: longer than any work that ends in good order,
// shorter than the patience of whoever told it.
const stopMost = 6 * time.Second

// interrupted makes a context that ends at SIGINT or SIGTERM. A second one ends the process where it stands, and so does
// stopMost, where a disk or a database holds it up: the archive is whole at every moment, and what is not stored is
// pending. ended is called when the program is done.
func interrupted(ctx context.Context, stderr io.Writer) (_ context.Context, ended func()) {
	ctx, cancel := context.WithCancel(ctx)
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		defer signal.Stop(told)
		select {
		case <-told:
		case <-done:
			return
		}
		signal.Stop(told) // the next one does what it does to any program
		cancel()
		select {
		case <-time.After(stopMost):
			fmt.Fprintf(stderr, "feedfolio: not done %s after it was told to stop: broken off; nothing that was stored is lost\n", stopMost)
			os.Exit(exitFailed)
		case <-done:
		}
	}()
	return ctx, func() {
		close(done)
		cancel()
	}
}
