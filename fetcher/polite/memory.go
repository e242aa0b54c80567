package polite

import (
	"context"
	"encoding/json"
	"fmt"
)

// Bytes keeps what it is given for a host, whatever it is: a table of a database, say. LoadHost returns nothing for a
// host that it does not know.
type Bytes interface {
	LoadHost(ctx context.Context, name string) ([]byte, error)
	SaveHost(ctx context.Context, name string, state []byte) error
}

// In keeps HostStates as JSON.
func In(b Bytes) HostMemory { return inBytes{b} }

type inBytes struct{ b Bytes }

func (m inBytes) LoadHost(ctx context.Context, name string) (HostState, error) {
	s := HostState{Host: name}
	data, err := m.b.LoadHost(ctx, name)
	if err != nil || len(data) == 0 {
		return s, err
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return HostState{Host: name}, fmt.Errorf("state of host %s: %w", name, err)
	}
	return s, nil
}

func (m inBytes) SaveHost(ctx context.Context, s HostState) error {
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("state of host %s: %w", s.Host, err)
	}
	return m.b.SaveHost(ctx, s.Host, data)
}
