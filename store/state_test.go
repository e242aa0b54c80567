package store

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// fill gives each field of a struct a value of its own.
func fill(t *testing.T, v reflect.Value, n *int64) {
	t.Helper()
	*n++
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Unix(1_700_000_000+*n, *n).UTC()
		return
	case *string:
		*x = strings.Repeat("新", int(*n)) + " \\ two\nlines\\n"
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0), n)
		fill(t, v.Index(1), n)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(*n)
	case reflect.Uint64:
		v.SetUint(uint64(*n))
	default:
		t.Fatalf("a field of type %s", v.Type())
	}
}

// ownColumns are the fields of a State that are not in its lines.
func ownColumns(st *State) {
	st.Source, st.Window, st.Waiting, st.Days = "", nil, 0, nil
}

func TestEveryFieldOfAStateIsKept(t *testing.T) {
	t.Parallel()
	var want State
	var n int64
	fill(t, reflect.ValueOf(&want).Elem(), &n)
	ownColumns(&want)
	var got State
	if err := unpackState(packState(&want), &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("a state that was kept as\n%s\ncomes back as %+v; want %+v", packState(&want), got, want)
	}
}

func TestStatesOfOtherVersionsAreRead(t *testing.T) {
	t.Parallel()
	want := State{Title: "News", Failures: 2, Due: time.Unix(1_700_000_000, 5).UTC()}
	old, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	lines := packState(&want)
	for _, tt := range []struct{ name, text string }{
		{"as JSON, which was the form at first", string(old)},
		{"with names that a later version adds", "aaa 1\n" + strings.ReplaceAll(lines, "due ", "duel ground\ndue ") + "zzz 2\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got State
			if err := unpackState(tt.text, &got); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("unpackState(%q) = %+v, %v; want %+v", tt.text, got, err, want)
			}
		})
	}
	for _, empty := range []string{"", "{}"} {
		var got State
		if err := unpackState(empty, &got); err != nil || !reflect.DeepEqual(got, State{}) {
			t.Errorf("unpackState(%q) = %+v; want the state of a source that never ran", empty, got)
		}
	}
	if err := unpackState("due soon\n", new(State)); err == nil {
		t.Error("a number that is none is no error")
	}
}

func BenchmarkState(b *testing.B) {
	at := time.Unix(1_700_000_000, 5)
	lines := packState(&State{
		Title: "News", Language: "zh", Link: "https://news.example/", Due: at, LastRun: at, LastOK: at, Status: 304, Listed: 20, Interval: time.Hour,
		Plan: "*/10 * * * * UTC  30m0s 5m0s 6h0m0s https://news.example/feed.xml", Newest: at, KnownFrom: at, Gap: time.Hour,
	})
	b.ReportAllocs()
	for b.Loop() {
		var st State
		if err := unpackState(lines, &st); err != nil || packState(&st) != lines {
			b.Fatal(err)
		}
	}
}
