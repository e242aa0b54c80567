-- With first_seen, a list as of a time passes over what was not seen then without reading its row.

-- +goose Up
DROP INDEX article_at;
CREATE INDEX article_at ON article(at DESC, id DESC, first_seen);
DROP INDEX article_source_at;
CREATE INDEX article_source_at ON article(source_id, at DESC, id DESC, first_seen);
