-- What an article was at an earlier time, beside its revisions.

-- +goose Up
-- The times in which an article was taken away by its publisher. until: it came back; NULL: it is still gone.
CREATE TABLE tombstone (
	article_id INTEGER NOT NULL REFERENCES article(id),
	since      BIGINT  NOT NULL,
	until      BIGINT,
	reason     TEXT    NOT NULL,
	class      TEXT    NOT NULL,
	PRIMARY KEY (article_id, since)
) WITHOUT ROWID;
INSERT INTO tombstone (article_id, since, reason, class)
	SELECT id, max(coalesce(checked, 0), coalesce(fetched, 0), first_seen), reason, class FROM article WHERE state = 'gone';

-- What was said of an article besides its text (cluster, part in it, sources that carried it) until it was said anew.
CREATE TABLE label (
	article_id INTEGER NOT NULL REFERENCES article(id),
	until      BIGINT  NOT NULL,
	detail     TEXT    NOT NULL, -- JSON: cluster, origin, sources
	PRIMARY KEY (article_id, until)
) WITHOUT ROWID;

-- As in article, of this revision. '': not known.
ALTER TABLE revision ADD COLUMN detail TEXT NOT NULL DEFAULT '';
