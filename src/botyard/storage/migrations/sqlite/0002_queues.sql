-- breaking: no
-- Queues and their items. Nothing refers from items to queues, tasks or attempts: those rows are never removed, or
-- are older than what names them, and these are the busiest tables.

CREATE TABLE queues (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    label TEXT NOT NULL,
    name TEXT NOT NULL,
    folder TEXT NOT NULL,
    automation TEXT,
    policy TEXT NOT NULL CHECK (policy IN ('fifo', 'lifo')),
    trigger TEXT NOT NULL CHECK (trigger IN ('always', 'no_task_active', 'never')),
    auto_retry INTEGER NOT NULL CHECK (auto_retry IN (0, 1)),
    max_retries INTEGER NOT NULL CHECK (max_retries BETWEEN 0 AND 1000),
    retry_delay_seconds INTEGER NOT NULL CHECK (retry_delay_seconds >= 0),
    retry_business INTEGER NOT NULL CHECK (retry_business IN (0, 1)),
    abort_on_error INTEGER NOT NULL CHECK (abort_on_error IN (0, 1)),
    max_errors INTEGER NOT NULL CHECK (max_errors >= 0),
    consecutive_errors INTEGER NOT NULL DEFAULT 0,
    time_limit_on INTEGER NOT NULL CHECK (time_limit_on IN (0, 1)),
    time_limit_minutes INTEGER NOT NULL CHECK (time_limit_minutes >= 0),
    lease_seconds INTEGER NOT NULL CHECK (lease_seconds > 0),
    unique_scope TEXT CHECK (unique_scope IN ('pending', 'always')),
    schema TEXT NOT NULL,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    deleted_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (workspace_id, label)
);

CREATE TABLE items (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL,
    queue_id INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'processing', 'done', 'error', 'abandoned', 'timeout', 'cancelled')),
    ready INTEGER NOT NULL CHECK (ready IN (0, 1)),
    priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 10),
    epoch INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    available_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    lease_until INTEGER,
    time_limit_at INTEGER,
    task_id INTEGER,
    attempt_id TEXT,
    holder TEXT,
    runner TEXT,
    claim TEXT,
    error_kind TEXT CHECK (error_kind IN ('business', 'application', 'system')),
    message TEXT,
    result TEXT,
    parent_id INTEGER,
    child_id INTEGER,
    retry_index INTEGER NOT NULL DEFAULT 0,
    recoveries INTEGER NOT NULL DEFAULT 0,
    created_by TEXT NOT NULL,
    unique_key TEXT,
    display_value TEXT,
    reference TEXT,
    content TEXT NOT NULL,
    CHECK ((finished_at IS NULL) = (state IN ('pending', 'processing')))
);
-- What is first in line. Taking the newest first reads it one priority after the other, each from its end.
CREATE INDEX items_ready ON items (queue_id, priority DESC, id) WHERE state = 'pending' AND ready = 1;
CREATE INDEX items_delayed ON items (available_at) WHERE state = 'pending' AND ready = 0;
CREATE INDEX items_by_queue ON items (queue_id, id);
CREATE INDEX items_by_state ON items (queue_id, state, id);
CREATE INDEX items_by_key ON items (queue_id, unique_key, id) WHERE unique_key IS NOT NULL;
CREATE INDEX items_by_kind ON items (queue_id, error_kind, id) WHERE error_kind IS NOT NULL;
CREATE INDEX items_leased ON items (lease_until) WHERE state = 'processing' AND lease_until IS NOT NULL;
CREATE INDEX items_limited ON items (time_limit_at) WHERE state = 'processing' AND time_limit_at IS NOT NULL;
CREATE INDEX items_by_attempt ON items (attempt_id) WHERE state = 'processing' AND attempt_id IS NOT NULL;
CREATE INDEX items_by_claim ON items (claim) WHERE state = 'processing' AND claim IS NOT NULL;
-- An item has one retry at most.
CREATE UNIQUE INDEX items_by_parent ON items (parent_id) WHERE parent_id IS NOT NULL;

-- Kept by whatever changes an item, in the same transaction; `duration` is the sum of the times in processing.
CREATE TABLE queue_counts (
    queue_id INTEGER NOT NULL REFERENCES queues (id),
    state TEXT NOT NULL,
    total INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    PRIMARY KEY (queue_id, state)
) WITHOUT ROWID;

-- How items ended, by the hour of their end; `kind` is the kind of an error, else empty.
CREATE TABLE queue_hours (
    queue_id INTEGER NOT NULL REFERENCES queues (id),
    hour INTEGER NOT NULL,
    state TEXT NOT NULL,
    kind TEXT NOT NULL,
    total INTEGER NOT NULL,
    PRIMARY KEY (queue_id, hour, state, kind)
) WITHOUT ROWID;
