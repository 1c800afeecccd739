-- breaking: no
-- Values that programs keep for a while, by app, or by workspace for all of its apps (app 0).

CREATE TABLE cache_entries (
    id INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    app_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    expires_at INTEGER,
    updated_at INTEGER NOT NULL,
    size INTEGER NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (workspace_id, app_id, key)
);
CREATE INDEX cache_entries_by_expiry ON cache_entries (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX cache_entries_by_age ON cache_entries (workspace_id, updated_at, size);
