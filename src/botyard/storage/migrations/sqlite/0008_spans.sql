-- breaking: no
-- Spans: what an agent did, as a tree on a time axis. Children may come before their parents, and spans more than once.

CREATE TABLE spans (
    workspace_id INTEGER NOT NULL,
    task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    span_id TEXT NOT NULL,
    parent_id TEXT,
    trace_id TEXT,
    name TEXT NOT NULL,
    status TEXT CHECK (status IN ('ok', 'error')),
    message TEXT,
    started_at INTEGER,
    ended_at INTEGER,
    duration INTEGER,
    input TEXT,
    output TEXT,
    tags TEXT,
    metadata TEXT,
    truncated INTEGER NOT NULL DEFAULT 0 CHECK (truncated IN (0, 1)),
    source TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (task_id, epoch, span_id)
) WITHOUT ROWID;

ALTER TABLE attempts ADD COLUMN spans INTEGER NOT NULL DEFAULT 0;
