-- breaking: no
-- Files that a task is given as links and that are fetched before it may be leased. `next_at` is when a server may try
-- next, and after a claim when another may; NULL once nothing is to be done: fetched, given up, or not wanted any more.

CREATE TABLE task_inputs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL,
    task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    parameter TEXT NOT NULL,
    position INTEGER NOT NULL,
    url TEXT NOT NULL,
    policy TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER,
    holder TEXT,
    artifact_id INTEGER,
    error TEXT,
    UNIQUE (task_id, parameter, position),
    CHECK (artifact_id IS NULL OR next_at IS NULL)
);
CREATE INDEX task_inputs_due ON task_inputs (next_at, id) WHERE next_at IS NOT NULL;

CREATE INDEX tasks_preparing ON tasks (id) WHERE state = 'preparing';
