//go:build !unix

package polite

// OpenAsked does nothing on this system: each process keeps the gap for itself.
func OpenAsked(string) (*Asked, error) { return nil, nil }
