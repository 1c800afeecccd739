-- breaking: no
-- The vault, which keeps secrets encrypted, and the credentials that bots read from it.
-- Keys and values are base64 text of what AES-256-GCM made of them; nothing here opens without the root key's file.

CREATE TABLE vault (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    root_id TEXT NOT NULL,
    check_value TEXT NOT NULL,
    rotating_since INTEGER,
    rotated_at INTEGER
);

-- The keys of a workspace, one per term; the highest term wraps what is new, the others only open.
CREATE TABLE vault_keys (
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    term INTEGER NOT NULL,
    root_id TEXT NOT NULL,
    wrapped_key TEXT NOT NULL,
    uses INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, term)
) WITHOUT ROWID;

CREATE TABLE vault_values (
    workspace_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    term INTEGER NOT NULL,
    algorithm TEXT NOT NULL,
    wrapped_key TEXT NOT NULL,
    content TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, name),
    FOREIGN KEY (workspace_id, term) REFERENCES vault_keys (workspace_id, term)
) WITHOUT ROWID;
CREATE INDEX vault_values_by_term ON vault_values (workspace_id, term);

CREATE TABLE credentials (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    label TEXT NOT NULL,
    folder TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (workspace_id, label)
);

CREATE TABLE credential_keys (
    credential_id INTEGER NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    read_at INTEGER,
    read_by TEXT,
    PRIMARY KEY (credential_id, name),
    CHECK ((read_at IS NULL) = (read_by IS NULL))
) WITHOUT ROWID;

-- What attempts have read, so that every server can hide it in their logs.
CREATE TABLE credential_reads (
    attempt_id TEXT NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
    credential_id INTEGER NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (attempt_id, credential_id, name)
) WITHOUT ROWID;
CREATE INDEX credential_reads_by_credential ON credential_reads (credential_id);
