package polite

import (
	"context"
	"reflect"
	"testing"
	"time"
)

type byteMap map[string][]byte

func (m byteMap) LoadHost(_ context.Context, name string) ([]byte, error) { return m[name], nil }

func (m byteMap) SaveHost(_ context.Context, name string, state []byte) error {
	m[name] = state
	return nil
}

func TestHostStateIsKeptInBytes(t *testing.T) {
	t.Parallel()
	m := byteMap{}
	at := time.Date(2026, 11, 6, 8, 49, 37, 0, time.UTC)
	want := HostState{"a.example", at, "it answered 429", 3, 7 * time.Second, 200, []byte("User-agent: *\xff"), at, at, at}
	if err := In(m).SaveHost(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if got, err := In(m).LoadHost(t.Context(), "a.example"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("LoadHost = %+v, %v; want %+v", got, err, want)
	}
	if got, err := In(m).LoadHost(t.Context(), "b.example"); err != nil || !reflect.DeepEqual(got, HostState{Host: "b.example"}) {
		t.Errorf("LoadHost of an unknown host = %+v, %v", got, err)
	}
}

func TestDamagedHostStateIsReplaced(t *testing.T) {
	t.Parallel()
	m := byteMap{"a": []byte("{")}
	if _, err := through(t.Context(), newGate(In(m)), "a", limits{connections: 1}, 0, verdict{429, time.Hour}); err != nil {
		t.Fatal(err)
	}
	if s, err := In(m).LoadHost(t.Context(), "a"); err != nil || s.Failures != 1 {
		t.Errorf("LoadHost = %+v, %v; want what the answer said", s, err)
	}
}
