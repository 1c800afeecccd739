-- breaking: no
-- Tables of apps: what they look like now and looked like before. Their rows are in tables of their own, rows_<id>.

CREATE TABLE app_tables (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL,
    app_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    definition TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (workspace_id, app_id, name),
    FOREIGN KEY (workspace_id, app_id) REFERENCES apps (workspace_id, id)
);

CREATE TABLE app_table_versions (
    table_id INTEGER NOT NULL REFERENCES app_tables (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    definition TEXT NOT NULL,
    change TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (table_id, version)
) WITHOUT ROWID;

-- Grows with every change of any table of the app, so that servers see that what they know is old.
CREATE TABLE app_schemas (
    workspace_id INTEGER NOT NULL,
    app_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, app_id),
    FOREIGN KEY (workspace_id, app_id) REFERENCES apps (workspace_id, id)
) WITHOUT ROWID;

CREATE TABLE app_tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL,
    table_id INTEGER NOT NULL REFERENCES app_tables (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    color TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (table_id, name)
);
