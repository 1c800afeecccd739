-- breaking: no
-- Spans: what an agent did, as a tree on a time axis. Children may come before their parents, and spans more than once.

CREATE TABLE spans (
    workspace_id BIGINT NOT NULL,
    task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    epoch BIGINT NOT NULL,
    span_id TEXT NOT NULL,
    parent_id TEXT,
    trace_id TEXT,
    name TEXT NOT NULL,
    status TEXT CHECK (status IN ('ok', 'error')),
    message TEXT,
    started_at BIGINT,
    ended_at BIGINT,
    duration BIGINT,
    input TEXT,
    output TEXT,
    tags TEXT,
    metadata TEXT,
    truncated SMALLINT NOT NULL DEFAULT 0 CHECK (truncated IN (0, 1)),
    source TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (task_id, epoch, span_id)
);

ALTER TABLE attempts ADD COLUMN spans BIGINT NOT NULL DEFAULT 0;
