-- breaking: no
-- Actions that changes of rows start.

-- Which changes of the rows of its table start an action, as a JSON array.
ALTER TABLE actions ADD COLUMN events TEXT NOT NULL DEFAULT '[]';
CREATE INDEX actions_by_table ON actions (workspace_id, app_id) WHERE type = 'trigger_action';

-- How many runs of triggers led to this run, one by the rows that the other changed.
ALTER TABLE action_runs ADD COLUMN depth INTEGER NOT NULL DEFAULT 0;

-- Changes of rows that still have to start actions; a row goes in the transaction that starts them.
CREATE TABLE table_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    app_id INTEGER NOT NULL,
    table_name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('insert', 'update', 'delete')),
    actions TEXT NOT NULL,
    changed TEXT NOT NULL,
    depth INTEGER NOT NULL,
    at INTEGER NOT NULL
);
