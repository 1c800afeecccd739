-- breaking: no
-- What bots leave for people to read: log tables, error reports, and mail with the lists it goes to.

CREATE TABLE log_tables (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    label TEXT NOT NULL,
    folder TEXT NOT NULL,
    columns TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    deleted_at INTEGER
);
CREATE UNIQUE INDEX log_tables_by_label ON log_tables (workspace_id, label) WHERE deleted_at IS NULL;
CREATE INDEX log_tables_deleted ON log_tables (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE log_rows (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL,
    table_id INTEGER NOT NULL REFERENCES log_tables (id),
    task_id INTEGER,
    content TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
);
CREATE INDEX log_rows_by_table ON log_rows (table_id, created_at, id);
CREATE INDEX log_rows_by_time ON log_rows (created_at);

CREATE TABLE error_groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    automation_id TEXT NOT NULL REFERENCES automations (id),
    fingerprint TEXT NOT NULL,
    type TEXT NOT NULL,
    message TEXT NOT NULL,
    place TEXT NOT NULL,
    total INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    last_task_id INTEGER NOT NULL,
    resolved_at INTEGER,
    resolved_by TEXT,
    UNIQUE (workspace_id, automation_id, fingerprint),
    CHECK ((resolved_at IS NULL) = (resolved_by IS NULL))
);
CREATE INDEX error_groups_by_time ON error_groups (workspace_id, last_seen, id);

CREATE TABLE errors (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    group_id INTEGER NOT NULL REFERENCES error_groups (id),
    package_version TEXT,
    type TEXT NOT NULL,
    message TEXT NOT NULL,
    stack TEXT,
    language TEXT NOT NULL,
    tags TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
);
CREATE INDEX errors_by_time ON errors (workspace_id, created_at, id);
CREATE INDEX errors_by_task ON errors (task_id, id);
CREATE INDEX errors_by_group ON errors (group_id, id);

CREATE TABLE error_files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL,
    error_id INTEGER NOT NULL REFERENCES errors (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('screenshot', 'attachment')),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX error_files_by_error ON error_files (error_id, id);
CREATE INDEX error_files_by_digest ON error_files (digest);
CREATE UNIQUE INDEX error_files_one_screenshot ON error_files (error_id) WHERE kind = 'screenshot';

CREATE TABLE mail_groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    members TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (workspace_id, name)
);

-- Where the mail of a member of a workspace goes; without a row, to the login name if that is an address.
CREATE TABLE mail_addresses (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    address TEXT NOT NULL
);

CREATE TABLE subscriptions (
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    automation_id TEXT NOT NULL REFERENCES automations (id),
    recipient TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('address', 'user', 'group')),
    level TEXT NOT NULL CHECK (level IN ('info', 'warn', 'error')),
    position INTEGER NOT NULL,
    PRIMARY KEY (automation_id, kind, recipient)
) WITHOUT ROWID;

CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    task_id INTEGER,
    alert_id INTEGER,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    format TEXT NOT NULL CHECK (format IN ('text', 'html')),
    recipients TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
);
CREATE INDEX messages_by_workspace ON messages (workspace_id, id);
CREATE INDEX messages_by_time ON messages (created_at);

-- One message to one recipient. `attempts` is the fence: a sender reports on the attempt that it began.
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    login TEXT,
    address TEXT,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'held')),
    attempts INTEGER NOT NULL DEFAULT 0,
    queued_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    lease_until INTEGER,
    holder TEXT,
    error TEXT,
    updated_at INTEGER NOT NULL,
    CHECK (state = 'queued' OR (lease_until IS NULL AND holder IS NULL))
);
CREATE INDEX deliveries_by_message ON deliveries (message_id, id);
CREATE INDEX deliveries_due ON deliveries (due_at, id) WHERE state = 'queued';
CREATE INDEX deliveries_held ON deliveries (id) WHERE state = 'held';
CREATE INDEX deliveries_by_state ON deliveries (workspace_id, state, message_id);

-- A message as everybody reads it: with what became of its deliveries.
CREATE VIEW message_view AS
SELECT m.id, m.workspace_id, m.task_id, m.alert_id, m.subject, m.body, m.format, m.recipients, m.created_at, m.created_by,
       (SELECT COUNT(*) FROM deliveries d WHERE d.message_id = m.id AND d.state = 'queued') AS queued,
       (SELECT COUNT(*) FROM deliveries d WHERE d.message_id = m.id AND d.state = 'sent') AS sent,
       (SELECT COUNT(*) FROM deliveries d WHERE d.message_id = m.id AND d.state = 'failed') AS failed,
       (SELECT COUNT(*) FROM deliveries d WHERE d.message_id = m.id AND d.state = 'held') AS held,
       (SELECT d.error FROM deliveries d WHERE d.message_id = m.id AND d.error IS NOT NULL
        ORDER BY d.updated_at DESC, d.id DESC LIMIT 1) AS error
FROM messages m;
