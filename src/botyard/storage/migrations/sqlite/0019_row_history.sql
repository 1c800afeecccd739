-- breaking: no
-- What people changed in the rows of app tables, so that it can be seen and undone.

CREATE TABLE row_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL,
    table_id INTEGER NOT NULL REFERENCES app_tables (id) ON DELETE CASCADE,
    row_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    before TEXT,
    after TEXT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    undoes INTEGER,
    undone_by INTEGER
);
CREATE INDEX row_history_by_row ON row_history (table_id, row_id, id);
CREATE INDEX row_history_by_table ON row_history (table_id, id);
