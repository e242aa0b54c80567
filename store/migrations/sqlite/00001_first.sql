-- Times are unix milliseconds. NULL: not known. Hashes are the first 8 bytes of a SHA-256, as a signed integer.
-- An article waits for its page exactly while next_try is set, whether or not something of it is stored already.

-- +goose Up
CREATE TABLE source (
	id        INTEGER PRIMARY KEY,
	name      TEXT    NOT NULL UNIQUE,
	state     TEXT    NOT NULL DEFAULT '{}', -- lines of State; JSON from earlier versions
	due       BIGINT,
	failures  INTEGER NOT NULL DEFAULT 0,
	-- Counters, kept in the same transaction as the rows they count.
	waiting   INTEGER NOT NULL DEFAULT 0, -- articles that wait for their page
	pending   INTEGER NOT NULL DEFAULT 0, -- of these, nothing is stored yet
	stored    INTEGER NOT NULL DEFAULT 0,
	gone      INTEGER NOT NULL DEFAULT 0,
	dropped   INTEGER NOT NULL DEFAULT 0,
	summaries INTEGER NOT NULL DEFAULT 0, -- files whose body is a summary
	partials  INTEGER NOT NULL DEFAULT 0,
	revisions INTEGER NOT NULL DEFAULT 0, -- all of them, first ones too
	bytes     BIGINT  NOT NULL DEFAULT 0  -- of the newest files
);

-- The keys of the last listing, 8 bytes each: apart from source, so that a poll without news does not write them again.
CREATE TABLE listing (
	source_id INTEGER PRIMARY KEY REFERENCES source(id),
	keys      BLOB NOT NULL
);

CREATE TABLE article (
	id            INTEGER PRIMARY KEY,
	source_id     INTEGER NOT NULL REFERENCES source(id),
	key_hash      BIGINT  NOT NULL,
	key           TEXT    NOT NULL DEFAULT '', -- only where it is neither guid nor link
	guid          TEXT    NOT NULL DEFAULT '',
	link          TEXT    NOT NULL DEFAULT '', -- as listed
	url           TEXT    NOT NULL DEFAULT '', -- canonical; '': the same as link
	url_hash      BIGINT  NOT NULL,
	title         TEXT    NOT NULL DEFAULT '',
	published     BIGINT,
	updated       BIGINT,
	at            BIGINT  NOT NULL,            -- published, but never later than first_seen: the order of lists
	first_seen    BIGINT  NOT NULL,
	last_seen     BIGINT  NOT NULL,            -- in a listing; to the day
	fetched       BIGINT,                      -- of the newest revision
	checked       BIGINT,                      -- the page was last looked at
	state         TEXT    NOT NULL,            -- pending | stored | gone | dropped
	status        TEXT    NOT NULL DEFAULT '', -- full | partial | summary
	attempts      INTEGER NOT NULL DEFAULT 0,
	next_try      BIGINT,
	deadline      BIGINT,
	reason        TEXT    NOT NULL DEFAULT '', -- why it waits, is gone or was dropped
	class         TEXT    NOT NULL DEFAULT '',
	entry         BLOB,                        -- the whole entry; pruned with the raw page
	entry_hash    BIGINT  NOT NULL DEFAULT 0,  -- 0: not known
	idle          INTEGER NOT NULL DEFAULT 0,  -- changes of the entry in a row that changed nothing in the article
	path          TEXT    NOT NULL DEFAULT '',
	sha256        BLOB,                        -- of the file
	bytes         BIGINT  NOT NULL DEFAULT 0,
	content_hash  BLOB,
	revision      INTEGER NOT NULL DEFAULT 0,
	revised_for   TEXT    NOT NULL DEFAULT '', -- first | publisher | extraction | completed
	language      TEXT    NOT NULL DEFAULT '',
	detail        TEXT    NOT NULL DEFAULT '', -- JSON: authors, categories, tags, symbols, images ...
	validators    TEXT    NOT NULL DEFAULT '', -- JSON: of the page
	step          INTEGER NOT NULL DEFAULT 0,  -- of the ladder of rechecks
	next_check    BIGINT
);
CREATE UNIQUE INDEX article_key ON article(source_id, key_hash);
CREATE INDEX article_url ON article(url_hash);
CREATE INDEX article_at ON article(at DESC, id DESC);
CREATE INDEX article_source_at ON article(source_id, at DESC, id DESC);
CREATE INDEX article_odd ON article(state, at DESC, id DESC) WHERE state <> 'stored';
CREATE INDEX article_source_due ON article(source_id, next_try) WHERE next_try IS NOT NULL;
CREATE INDEX article_due ON article(next_try) WHERE next_try IS NOT NULL;
CREATE INDEX article_entry ON article(fetched, id) WHERE entry IS NOT NULL;
CREATE INDEX article_check ON article(next_check) WHERE next_check IS NOT NULL;

-- Addresses of an article besides its canonical one: the listed link where the page redirects.
CREATE TABLE alias (
	url_hash   BIGINT  NOT NULL,
	article_id INTEGER NOT NULL REFERENCES article(id),
	PRIMARY KEY (url_hash, article_id)
) WITHOUT ROWID;

-- Revisions that a newer one has replaced. The newest is in article.
CREATE TABLE revision (
	article_id   INTEGER NOT NULL REFERENCES article(id),
	n            INTEGER NOT NULL,
	fetched      BIGINT,
	reason       TEXT    NOT NULL,
	status       TEXT    NOT NULL,
	title        TEXT    NOT NULL,
	published    BIGINT,
	updated      BIGINT,
	content_hash BLOB,
	path         TEXT    NOT NULL,
	sha256       BLOB,
	bytes        BIGINT  NOT NULL,
	PRIMARY KEY (article_id, n)
) WITHOUT ROWID;

CREATE INDEX revision_fetched ON revision(fetched, article_id, n);

-- What near-duplicates are found by: the fingerprint of an article, and the keys that copies share.
CREATE TABLE print (
	article_id INTEGER PRIMARY KEY REFERENCES article(id),
	data       BLOB NOT NULL
);
CREATE TABLE print_key (
	key        BIGINT  NOT NULL,
	article_id INTEGER NOT NULL REFERENCES article(id),
	PRIMARY KEY (key, article_id)
) WITHOUT ROWID;
CREATE INDEX print_key_article ON print_key(article_id);

CREATE TABLE host (
	name  TEXT PRIMARY KEY,
	state BLOB NOT NULL
);

CREATE TABLE meta (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
);
