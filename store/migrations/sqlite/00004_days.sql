-- The history of a source, apart from its state: a line for each day, in numbers, since a status reads those of all
-- sources. '': it is in state, where an earlier version wrote it.

-- +goose Up
ALTER TABLE source ADD COLUMN days TEXT NOT NULL DEFAULT '';
