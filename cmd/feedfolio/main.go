// Command feedfolio keeps a folder of finance news: it pulls feeds, fetches each article's page, takes the full body
// out of it, normalises everything to one front-matter format and stores it on disk.
//
// This package is flags, wiring and exit codes, one file for each command; what the program does is in ingest, fetcher
// and store.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}
