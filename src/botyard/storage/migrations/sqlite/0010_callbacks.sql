-- breaking: no
-- Who wants to be told of the end of a task. `ended_at` is the end that is told of; `next_at` is when a server may try
-- next, and after a claim when another may.

CREATE TABLE callbacks (
    task_id INTEGER PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    kind TEXT NOT NULL,
    url TEXT NOT NULL,
    policy TEXT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'due', 'delivered', 'failed')),
    ended_at INTEGER,
    due_at INTEGER,
    next_at INTEGER,
    tries INTEGER NOT NULL DEFAULT 0,
    holder TEXT,
    error TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CHECK ((next_at IS NOT NULL) = (state = 'due')),
    CHECK ((due_at IS NULL) = (state = 'waiting')),
    CHECK (holder IS NULL OR state = 'due')
);
CREATE INDEX callbacks_waiting ON callbacks (task_id) WHERE state = 'waiting';
CREATE INDEX callbacks_due ON callbacks (next_at, task_id) WHERE state = 'due';
CREATE INDEX callbacks_told ON callbacks (updated_at) WHERE state IN ('delivered', 'failed');
