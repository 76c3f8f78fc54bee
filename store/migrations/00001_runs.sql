-- +goose Up

-- A run. What may change while it is written is in progress, because a row is
-- rewritten as a whole.
CREATE TABLE runs (
	id      TEXT   NOT NULL PRIMARY KEY,
	site    TEXT   NOT NULL,
	began   BIGINT NOT NULL, -- microseconds since 1970; later than every run that was begun before it
	stage   TEXT   NOT NULL, -- '', 'importing' or 'deleting'
	header  BYTEA  NOT NULL, -- the line as it was given, without its newline
	summary BYTEA,           -- likewise; NULL until it ended
	scan    BYTEA            -- what a resumed scan needs
);

CREATE TABLE progress (
	run     TEXT   NOT NULL PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
	batch   BIGINT NOT NULL, -- number of the last one that was committed
	hosts   BIGINT NOT NULL,
	done    BYTEA  NOT NULL, -- ranges of positions, packed
	counted BYTEA  NOT NULL, -- sums of a summary, JSON
	updated TEXT   NOT NULL, -- when a batch was committed, by the clock of the database
	owner   TEXT   NOT NULL, -- who writes it; '' for nobody
	beat    BIGINT NOT NULL, -- counts the owner's signs of life
	beaten  TEXT   NOT NULL  -- when the last one came, by the clock of the database
);

CREATE TABLE hosts (
	run      TEXT   NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	address  BYTEA  NOT NULL, -- sorts as addresses do
	identity BYTEA  NOT NULL,
	time     BIGINT NOT NULL, -- of the observation, microseconds since 1970
	line     BYTEA  NOT NULL, -- as it was given, without its newline
	PRIMARY KEY (run, address, identity)
);

CREATE TABLE sites (
	position BIGINT NOT NULL PRIMARY KEY,
	site     BYTEA  NOT NULL -- JSON
);

CREATE TABLE exceptions (
	id        TEXT  NOT NULL PRIMARY KEY,
	exception BYTEA NOT NULL -- JSON
);
