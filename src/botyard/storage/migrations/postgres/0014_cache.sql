-- breaking: no
-- Values that programs keep for a while, by app, or by workspace for all of its apps (app 0).

CREATE TABLE cache_entries (
    workspace_id BIGINT NOT NULL REFERENCES workspaces (id),
    app_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    expires_at BIGINT,
    updated_at BIGINT NOT NULL,
    size BIGINT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (workspace_id, app_id, key)
);
CREATE INDEX cache_entries_by_expiry ON cache_entries (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX cache_entries_by_age ON cache_entries (workspace_id, updated_at, size);
