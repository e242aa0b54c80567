package store

import (
	"net/http"
	"time"

	"github.com/feedfolio/feedfolio/article"
)

// State is what is remembered of a source between runs. The store keeps it and gives it back; what it means is
// decided by ingest. A field that is added must be shown to a visitor (state.go); the tags are those of archives that
// kept it as JSON.
type State struct {
	Source     string             `json:"-"`
	Validators article.Validators `json:"validators,omitzero"` // of the listing

	Title    string `json:"title,omitempty"` // of the feed
	Language string `json:"language,omitempty"`
	Link     string `json:"link,omitempty"` // of the feed's web site
	Hub      string `json:"hub,omitempty"`

	Due     time.Time `json:"due,omitzero"` // next run
	LastRun time.Time `json:"last_run,omitzero"`
	LastOK  time.Time `json:"last_ok,omitzero"`  // last listing that was had, or 304
	LastNew time.Time `json:"last_new,omitzero"` // last listing with a new entry

	Failures int      `json:"failures,omitempty"` // runs in a row
	Status   int      `json:"status,omitempty"`   // HTTP, of the last run
	Class    string   `json:"class,omitempty"`    // kind of the last failure, for metrics and alarms
	Error    string   `json:"error,omitempty"`    // of the last run
	Remarks  []string `json:"remarks,omitempty"`  // what was odd about the last listing

	Window   []uint64      `json:"-"`                  // KeyHash of the entries of the last listing; nil: not read, and Touch leaves it
	Listed   int           `json:"listed,omitempty"`   // entries in the last listing
	Interval time.Duration `json:"interval,omitempty"` // between runs, as it was found to fit
	TTL      time.Duration `json:"ttl,omitempty"`      // as the publisher asks
	Plan     string        `json:"plan,omitempty"`     // address and schedule that Due was computed with

	SkipHours []int          `json:"skip_hours,omitempty"` // of the day in GMT, when the publisher wants not to be asked
	SkipDays  []time.Weekday `json:"skip_days,omitempty"`

	Newest     time.Time     `json:"newest,omitzero"`      // publication of the newest entry ever listed
	KnownFrom  time.Time     `json:"known_from,omitzero"`  // publication of the oldest entry ever listed
	Gap        time.Duration `json:"gap,omitempty"`        // longest silence between two entries
	Overflow   bool          `json:"overflow,omitempty"`   // the last listing with news had nothing in common with the one before
	OverflowAt time.Time     `json:"overflow_at,omitzero"` // when that was last so

	Waiting int `json:"-"` // articles that wait for their page; read only

	Drift  string   `json:"drift,omitempty"`  // how its articles differ from those of before; "": they do not
	Alarms []string `json:"alarms,omitempty"` // that were told

	Gone  bool  `json:"gone,omitempty"` // 410, or given up
	Moved Moved `json:"moved,omitzero"`
	Days  []Day `json:"days,omitempty"` // rolling history, oldest first; the caller bounds it
}

// Moved is a permanent redirect of a listing that is being watched before it is believed.
type Moved struct {
	URL   string    `json:"url,omitempty"`
	Count int       `json:"count,omitempty"` // runs in a row that were sent there
	Since time.Time `json:"since,omitzero"`

	Believed bool `json:"believed,omitempty"` // it is asked in place of the configured address
}

// Day is what a source did on one day: its history, against which it is found to be stale or to drift.
type Day struct {
	Day     string `json:"day"` // 2006-01-02, UTC
	Runs    int    `json:"runs,omitempty"`
	Failed  int    `json:"failed,omitempty"` // runs
	Listed  int    `json:"listed,omitempty"`
	New     int    `json:"new,omitempty"`
	Saved   int    `json:"saved,omitempty"`
	Partial int    `json:"partial,omitempty"` // of Saved: partial or summary
	Runes   int64  `json:"runes,omitempty"`   // of text, of Saved
	Missed  int    `json:"missed,omitempty"`  // of Saved: the source's own selector found nothing on the page
}

// Recorded says what Record made of a listing.
type Recorded struct {
	New     int     // entries never seen before
	Changed int     // known entries that the publisher changed, and that became pending by it
	Known   int     // the rest; entries that are in the listing twice count once
	IDs     []int64 // of the new and the changed, in the order of the listing
}

// Pending is an entry whose article is waited for, or an article that is to be looked at again.
type Pending struct {
	ID        int64
	Source    string
	Entry     article.Entry
	FirstSeen time.Time
	Attempts  int
	Next      time.Time // when it is due
	Deadline  time.Time // as the last Fail or Save left it; zero: none was set
	Reason    string    // why it still waits; "" for a new entry, "changed", "recheck", or the last failure's
	Class     string
	Step      int                // of the ladder of rechecks that the next check is
	Check     bool               // from Rechecks: nothing is known to be wrong, only looked at again
	Page      article.Validators // of the page as it was last had, for a conditional GET
	Stored    *Row               // what is stored of it already; nil: nothing

	// Then is set by the caller before Save: what the article waits for once this is stored.
	Then Then
	// Print is set by the caller before Save: what copies of the article are found by. It is kept unless what is saved
	// comes to OutcomeSame; nil leaves the one that there is.
	Print *Print

	entryHash int64 // of the entry as it was read: a change of it meanwhile keeps the row pending
	revision  int
}

// Print is the fingerprint of an article, and the keys that copies share. What is in it is the caller's business.
type Print struct {
	Data []byte
	Keys []int64
}

// Then says what an article waits for after Save. The zero value: nothing; with ReasonExtraction, what it waits for now.
type Then struct {
	Try    time.Time // still pending: the page is tried again at this time (a summary was stored, the page is wanted)
	Until  time.Time // with Try: kept as the Deadline
	Reason string    // with Try: why it still waits
	Class  string

	Check time.Time // the page is looked at again for corrections at this time
	Step  int       // with Check: the step of the ladder that this is
}

// Failure says why a pending article could not be had.
type Failure struct {
	Reason   string    // for people: the whole chain
	Class    string    // one of few words, for counting
	Next     time.Time // tried again at this time; zero: given up
	Deadline time.Time // kept, and given back as Pending.Deadline; zero: as it was
	Gone     bool      // the publisher took it away (404 for long, 410): a tombstone; a stored file stays
	Dropped  bool      // a filter does not want it
	Postpone bool      // not the article's fault (its host asks us to wait): Attempts does not grow
}

// Raw is a page as it came.
type Raw struct {
	URL    string      `json:"url"` // after redirects
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Body   []byte      `json:"-"` // content-encoding undone, charset as it came
}

// Saved says what Save did.
type Saved struct {
	ID       int64
	Path     string // of the article's file, in the archive
	Revision int
	Outcome  string // OutcomeNew ...
}

// What Save can come to.
const (
	OutcomeNew       = "new"       // the first that is stored of this entry
	OutcomeRevised   = "revised"   // the text differs from what was stored
	OutcomeCompleted = "completed" // a summary or partial text became a fuller one
	OutcomeSame      = "same"      // nothing that was not stored already; no file was touched
)

// Reasons of a revision.
const (
	ReasonFirst      = "first"
	ReasonPublisher  = "publisher"  // a correction
	ReasonExtraction = "extraction" // our rules changed; never shown as a correction
	ReasonCompleted  = "completed"
)

// ReasonChanged is the Pending.Reason of an article whose entry the publisher changed.
const ReasonChanged = "changed"

// States of an article in the index.
const (
	StatePending = "pending" // nothing is stored yet
	StateStored  = "stored"
	StateGone    = "gone"    // the publisher took it away; if it was stored, its file stays
	StateDropped = "dropped" // given up, filtered out, or its file was deleted
)

// Row is an article in the index: all but its body.
type Row struct {
	ID         int64
	Source     string
	GUID       string
	Link       string // as listed
	URL        string // canonical
	Title      string
	Author     string // as in the front matter
	Authors    []string
	Categories []string
	Tags       []string
	Symbols    []string
	Image      string
	Thumbnail  string
	Language   string
	Cluster    string
	Origin     string
	Sources    []string

	Published    time.Time // zero where there is none
	PublishedRaw string
	Updated      time.Time
	At           time.Time // Published, but never later than FirstSeen: the order of Articles
	FirstSeen    time.Time
	LastSeen     time.Time // in a listing; to the day
	Fetched      time.Time // of this revision
	Checked      time.Time // its page was last looked at

	State    string // StatePending ...
	Status   article.BodyStatus
	Waiting  bool // for its page, whatever is stored
	Attempts int
	Next     time.Time // with Waiting
	Deadline time.Time
	Reason   string // why it waits, is gone or was dropped
	Class    string
	Check    time.Time // next recheck
	Step     int

	Revision    int    // 0: nothing is stored
	RevisedFor  string // reason of this revision
	Path        string // of the file with this revision, in the archive
	SHA256      string // of the file, hex
	Bytes       int64
	ContentHash string // hex
}

// Revision is one version of an article.
type Revision struct {
	N           int
	Fetched     time.Time
	Reason      string
	Status      article.BodyStatus
	Title       string
	Published   time.Time
	Updated     time.Time
	ContentHash string
	Path        string // of the file with this revision, in the archive
	SHA256      string
	Bytes       int64
}

// Query says which articles are wanted. The zero value: all that are stored, newest first.
type Query struct {
	Sources []string  // empty: all
	States  []string  // empty: all that have a file
	Since   time.Time // Row.At not before
	Until   time.Time // Row.At before
	AsOf    time.Time // the archive as it was known at this time: articles fetched by then, in the revision of then
	Limit   int       // 0: no limit
}

// Count is what is stored and waited for of one source.
type Count struct {
	Source    string
	Waiting   int // for their page; Pending is a part of it
	Pending   int // nothing is stored yet
	Stored    int
	Gone      int
	Dropped   int
	Summaries int // stored, body is a summary
	Partials  int
	Revisions int
	Bytes     int64 // of the newest files
}
