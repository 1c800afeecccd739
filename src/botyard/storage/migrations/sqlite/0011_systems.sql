-- breaking: no
-- Systems that start automations from outside, and the tasks that they started.

-- `processes` and `networks` are JSON lists; NULL means every one.
CREATE TABLE systems (
    id TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('request', 'allowed', 'locked')),
    processes TEXT,
    reads_all INTEGER NOT NULL CHECK (reads_all IN (0, 1)),
    networks TEXT,
    file_hosts TEXT NOT NULL,
    private_targets INTEGER NOT NULL CHECK (private_targets IN (0, 1)),
    max_file_bytes INTEGER,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    decided_at INTEGER,
    decided_by TEXT,
    used_at INTEGER,
    UNIQUE (workspace_id, name),
    CHECK ((decided_at IS NULL) = (decided_by IS NULL))
);

-- A system has one token, and for a while two when it was rotated. Only keyed hashes are kept.
CREATE TABLE system_tokens (
    token_hash TEXT PRIMARY KEY,
    system_id TEXT NOT NULL REFERENCES systems (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
);
CREATE INDEX system_tokens_by_system ON system_tokens (system_id, created_at);

-- `version` is the number that was asked for; 0 is whichever is released.
CREATE TABLE system_tasks (
    task_id INTEGER PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
    system_id TEXT NOT NULL REFERENCES systems (id),
    version INTEGER NOT NULL
);
CREATE INDEX system_tasks_by_system ON system_tasks (system_id, task_id);

-- The version that a task wants to run; NULL is whichever is released when it is leased.
ALTER TABLE tasks ADD COLUMN package_version TEXT;
CREATE INDEX tasks_of_version ON tasks (automation_id, package_version) WHERE package_version IS NOT NULL;
