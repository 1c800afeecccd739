-- breaking: no
-- Plugins: contracts of functions, and code that keeps them for one integration.

CREATE TABLE plugin_interfaces (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    namespace TEXT NOT NULL,
    title TEXT NOT NULL,
    capabilities TEXT NOT NULL,
    code TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (workspace_id, namespace)
);

CREATE TABLE plugins (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    interface_id INTEGER NOT NULL REFERENCES plugin_interfaces (id) ON DELETE CASCADE,
    integration_id INTEGER NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    code TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (interface_id, integration_id)
);
CREATE INDEX plugins_by_workspace ON plugins (workspace_id, id);
CREATE INDEX plugins_by_integration ON plugins (integration_id);

-- Every code there was, so that a change can be looked at and taken back.
CREATE TABLE plugin_versions (
    kind TEXT NOT NULL CHECK (kind IN ('interface', 'plugin')),
    owner_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (kind, owner_id, version)
) WITHOUT ROWID;
