-- breaking: no
-- Folders, the values that bots are configured with, logins from the command line, and levels of log lines.

CREATE TABLE folders (
    id TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    UNIQUE (workspace_id, name),
    UNIQUE (workspace_id, slug)
);

-- What is secret lies in the vault; `value` holds the JSON of what is not.
CREATE TABLE assets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('text', 'int', 'bool', 'secret', 'credential')),
    description TEXT NOT NULL DEFAULT '',
    value TEXT,
    username TEXT,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    read_at INTEGER,
    read_by TEXT,
    UNIQUE (workspace_id, name, folder),
    CHECK ((value IS NULL) = (type IN ('secret', 'credential'))),
    CHECK ((username IS NULL) = (type <> 'credential')),
    CHECK ((read_at IS NULL) = (read_by IS NULL))
);

-- What attempts have read, so that every server can hide it in their logs.
CREATE TABLE asset_reads (
    attempt_id TEXT NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
    asset_id INTEGER NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    PRIMARY KEY (attempt_id, asset_id)
) WITHOUT ROWID;
CREATE INDEX asset_reads_by_asset ON asset_reads (asset_id);

-- A program that asks for a token; a person approves or denies it in the browser.
CREATE TABLE device_logins (
    id TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    dialect TEXT NOT NULL,
    machine TEXT NOT NULL,
    os TEXT NOT NULL,
    address TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied')),
    user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,
    token_id TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    collected_at INTEGER,
    CHECK ((user_id IS NULL) = (state = 'pending'))
);
CREATE INDEX device_logins_by_expiry ON device_logins (expires_at);

ALTER TABLE task_logs ADD COLUMN level TEXT;
