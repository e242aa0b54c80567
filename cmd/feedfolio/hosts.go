package main

import (
	"context"
	"encoding/json"

	"github.com/feedfolio/feedfolio/fetcher/polite"
	"github.com/feedfolio/feedfolio/store"
)

// hostMemory lets the transport keep in the store what hosts ask for.
type hostMemory struct{ store *store.Store }

// LoadHost implements polite.HostMemory.
func (m hostMemory) LoadHost(ctx context.Context, name string) (polite.HostState, error) {
	data, err := m.store.LoadHost(ctx, name)
	if err != nil || data == nil {
		return polite.HostState{Host: name}, err
	}
	var st polite.HostState
	if err := json.Unmarshal(data, &st); err != nil {
		return polite.HostState{Host: name}, nil //nolint:nilerr // what cannot be read is learnt again
	}
	return st, nil
}

// SaveHost implements polite.HostMemory.
func (m hostMemory) SaveHost(ctx context.Context, st polite.HostState) error {
	data, err := json.Marshal(st)
	if err != nil {
		return err
	}
	return m.store.SaveHost(ctx, st.Host, data)
}
