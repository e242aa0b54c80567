package polite

import (
	"runtime/debug"
	"sync/atomic"
	"time"
)

// Asked is a file in memory that the processes on one archive have in common: the daemon, and who fetches beside it or
// soon after it. Each notes there when it asks a host, so that the gap holds between the requests of all of them. How
// many are in flight, each counts alone.
type Asked struct{ notes []atomic.Uint64 }

const (
	// askedPlaces is how many hosts the file has room for. Hosts find theirs by a hash; of two that have the same, the
	// one that was asked last is known.
	askedPlaces = 1 << 16

	// startsFor is how long a host is taken to be about to be asked by a process that has noted so. It is short, since
	// the process may have been killed.
	startsFor = time.Second
)

// note is what the file has of a host: when it was last asked in Unix milliseconds, whether there is news of it in
// HostMemory, and a part of its hash.
type note = uint64

const (
	noteTag  = 1<<20 - 1
	noteNews = 1 << 20
	noteTime = 21 // bits before it
)

func noteOf(at time.Time) note {
	if at.IsZero() {
		return 0
	}
	return note(at.UnixMilli()+1) << noteTime //nolint:gosec // after 1970; never sooner than it was
}

// asked is one host's place in the file. Its fields are guarded by gate.mu.
type asked struct {
	place *atomic.Uint64 // nil: this process is alone
	tag   note
	seen  note      // what was there last, by this process or another
	other time.Time // when another process asked the host, or means to; zero: none has
}

// of returns a host's place. A nil Asked has none.
func (a *Asked) of(name string) asked {
	if a == nil {
		return asked{}
	}
	n := uint64(14695981039346656037) // FNV-1a: the same in every process
	for i := range len(name) {
		n = (n ^ uint64(name[i])) * 1099511628211
	}
	return asked{place: &a.notes[n%uint64(len(a.notes))], tag: n >> 32 & noteTag}
}

// look takes up what another process noted since the last look, and reports whether HostMemory has news of the host.
func (a *asked) look(now time.Time) (news bool) {
	if a.place == nil {
		return false
	}
	n := a.seen
	a.touch(func() { n = a.place.Load() })
	if n == a.seen {
		return false
	}
	a.seen = n
	at := time.UnixMilli(int64(n >> noteTime)) //nolint:gosec // 43 bits
	if n&noteTag != a.tag || at.After(now.Add(2*startsFor)) {
		return false // of another host, or by a clock that was set back since
	}
	a.other = at
	return n&noteNews != 0
}

// claim notes that the host is about to be asked, unless another process noted something since the last look.
func (a *asked) claim(now time.Time) bool {
	if a.place == nil {
		return true
	}
	n, claimed := noteOf(now.Add(startsFor))|a.tag, true
	a.touch(func() { claimed = a.place.CompareAndSwap(a.seen, n) })
	if claimed {
		a.seen = n
	}
	return claimed
}

// write notes when the host was asked.
func (a *asked) write(at time.Time, news bool) {
	if a.place == nil {
		return
	}
	a.seen = noteOf(at) | a.tag
	if news {
		a.seen |= noteNews
	}
	a.touch(func() { a.place.Store(a.seen) })
}

// touch reads or writes the place. Where the file gives no memory, since somebody cut it short, or since its file system
// writes elsewhere and is full, that would end the process: the host is asked as if by nobody else then.
func (a *asked) touch(use func()) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		fault := recover()
		if fault == nil {
			return
		}
		if _, ofMemory := fault.(interface{ Addr() uintptr }); !ofMemory {
			panic(fault)
		}
		a.place = nil
	}()
	use()
}
