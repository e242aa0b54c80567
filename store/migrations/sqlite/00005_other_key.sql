-- Keys under which an article was listed besides its own: publishers change the GUIDs of all their entries at once.

-- +goose Up
CREATE TABLE other_key (
	source_id  INTEGER NOT NULL REFERENCES source(id),
	key_hash   BIGINT  NOT NULL,
	article_id INTEGER NOT NULL REFERENCES article(id),
	PRIMARY KEY (source_id, key_hash)
) WITHOUT ROWID;
