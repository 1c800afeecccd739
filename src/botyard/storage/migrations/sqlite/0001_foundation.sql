-- breaking: no
-- Workspaces, access, automations, packages, runners, tasks and their history.
-- Times are integer microseconds UTC; JSON is text; booleans are 0 or 1.

CREATE TABLE workspaces (
    id INTEGER PRIMARY KEY,
    label TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    must_change INTEGER NOT NULL DEFAULT 0 CHECK (must_change IN (0, 1)),
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    failed_logins INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER,
    created_at INTEGER NOT NULL,
    last_login_at INTEGER
);

CREATE TABLE memberships (
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'developer', 'admin')),
    PRIMARY KEY (workspace_id, user_id)
) WITHOUT ROWID;

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id),
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    secret_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    kind TEXT NOT NULL,
    dialect TEXT NOT NULL,
    name TEXT NOT NULL,
    login TEXT,
    role TEXT CHECK (role IN ('viewer', 'operator', 'developer', 'admin')),
    secret_hash TEXT NOT NULL,
    owner_kind TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    parent_id TEXT REFERENCES tokens (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    used_at INTEGER
);
CREATE INDEX tokens_by_workspace ON tokens (workspace_id, kind, created_at);
CREATE INDEX tokens_by_login ON tokens (dialect, login) WHERE login IS NOT NULL;
CREATE INDEX tokens_by_parent ON tokens (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX tokens_by_owner ON tokens (workspace_id, owner_kind, owner_id);
CREATE INDEX tokens_by_expiry ON tokens (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE packages (
    id TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    dialect TEXT NOT NULL,
    released TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (workspace_id, name)
);

CREATE TABLE package_versions (
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    package_id TEXT NOT NULL REFERENCES packages (id),
    version TEXT NOT NULL,
    dialect TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    entry TEXT NOT NULL,
    manifest TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (package_id, version)
) WITHOUT ROWID;
CREATE INDEX package_versions_by_digest ON package_versions (workspace_id, digest);

CREATE TABLE automations (
    id TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    label TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    folder TEXT NOT NULL DEFAULT 'DEFAULT',
    package_id TEXT REFERENCES packages (id),
    runner_label TEXT,
    priority INTEGER NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 10),
    max_attempts INTEGER NOT NULL DEFAULT 3 CHECK (max_attempts BETWEEN 1 AND 100),
    on_lost TEXT NOT NULL DEFAULT 'requeue' CHECK (on_lost IN ('requeue', 'fail')),
    grace_seconds INTEGER NOT NULL DEFAULT 10 CHECK (grace_seconds BETWEEN 0 AND 3600),
    parameters TEXT NOT NULL DEFAULT '[]',
    uses TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (workspace_id, label)
);

CREATE TABLE runners (
    id TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    label TEXT,
    slots INTEGER NOT NULL CHECK (slots BETWEEN 1 AND 256),
    host TEXT NOT NULL,
    os TEXT NOT NULL,
    version TEXT NOT NULL,
    embedded INTEGER NOT NULL DEFAULT 0 CHECK (embedded IN (0, 1)),
    draining INTEGER NOT NULL DEFAULT 0 CHECK (draining IN (0, 1)),
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
);
CREATE INDEX runners_by_workspace ON runners (workspace_id, name);

CREATE TABLE tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    automation_id TEXT NOT NULL REFERENCES automations (id),
    state TEXT NOT NULL CHECK (state IN ('preparing', 'queued', 'leased', 'running', 'succeeded', 'failed', 'partial', 'cancelled')),
    priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 10),
    parameters TEXT NOT NULL,
    runner_label TEXT,
    max_attempts INTEGER NOT NULL,
    test INTEGER NOT NULL DEFAULT 0 CHECK (test IN (0, 1)),
    development INTEGER NOT NULL DEFAULT 0 CHECK (development IN (0, 1)),
    ready INTEGER NOT NULL DEFAULT 0 CHECK (ready IN (0, 1)),
    not_before INTEGER,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    epoch INTEGER NOT NULL DEFAULT 0,
    lost INTEGER NOT NULL DEFAULT 0,
    message TEXT,
    output TEXT,
    total_items INTEGER,
    processed_items INTEGER,
    failed_items INTEGER,
    interrupted INTEGER NOT NULL DEFAULT 0 CHECK (interrupted IN (0, 1)),
    killed INTEGER NOT NULL DEFAULT 0 CHECK (killed IN (0, 1)),
    overdue INTEGER NOT NULL DEFAULT 0 CHECK (overdue IN (0, 1)),
    CHECK ((finished_at IS NULL) = (state IN ('preparing', 'queued', 'leased', 'running')))
);
CREATE INDEX tasks_ready ON tasks (workspace_id, priority DESC, id) WHERE state = 'queued' AND ready = 1;
CREATE INDEX tasks_held ON tasks (automation_id, not_before) WHERE state = 'queued' AND ready = 0;
CREATE INDEX tasks_by_state ON tasks (workspace_id, state, id);
CREATE INDEX tasks_by_automation ON tasks (workspace_id, automation_id, id);
CREATE INDEX tasks_by_workspace ON tasks (workspace_id, id);
CREATE INDEX tasks_due ON tasks (not_before) WHERE state = 'queued' AND ready = 0 AND not_before IS NOT NULL;
CREATE INDEX tasks_finished ON tasks (workspace_id, finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE attempts (
    id TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    task_id INTEGER NOT NULL REFERENCES tasks (id),
    epoch INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('leased', 'running', 'succeeded', 'failed', 'partial', 'cancelled', 'lost', 'released')),
    runner_id TEXT,
    claim TEXT,
    secret_hash TEXT NOT NULL,
    dialect TEXT NOT NULL,
    package_version TEXT,
    package_digest TEXT,
    stop TEXT CHECK (stop IN ('interrupt', 'cancel', 'kill')),
    leased_at INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    exit_code INTEGER,
    message TEXT,
    log_lines INTEGER NOT NULL DEFAULT 0,
    log_bytes INTEGER NOT NULL DEFAULT 0,
    log_dropped INTEGER NOT NULL DEFAULT 0,
    log_complete INTEGER NOT NULL DEFAULT 0 CHECK (log_complete IN (0, 1)),
    UNIQUE (task_id, epoch),
    CHECK ((ended_at IS NULL) = (state IN ('leased', 'running')))
);
CREATE INDEX attempts_live ON attempts (lease_until) WHERE ended_at IS NULL;
CREATE INDEX attempts_by_runner ON attempts (runner_id, task_id);
CREATE INDEX attempts_running ON attempts (runner_id) WHERE ended_at IS NULL;
CREATE INDEX attempts_by_claim ON attempts (claim) WHERE ended_at IS NULL AND claim IS NOT NULL;

-- A task as everybody reads it: with its automation, and with the package and runner of its current attempt.
CREATE VIEW task_view AS
SELECT t.id, t.workspace_id, t.automation_id, a.label AS automation, a.name AS automation_name, a.folder,
       t.state, t.priority, t.parameters, t.runner_label, t.max_attempts, t.test, t.development, t.ready,
       t.not_before, t.created_at, t.created_by, t.updated_at, t.queued_at, t.started_at, t.finished_at,
       t.epoch, t.lost, t.message, t.output, t.total_items, t.processed_items, t.failed_items,
       t.interrupted, t.killed, t.overdue, p.name AS package, x.package_version, x.runner_id, r.name AS runner
FROM tasks t
JOIN automations a ON a.id = t.automation_id
LEFT JOIN packages p ON p.id = a.package_id
LEFT JOIN attempts x ON x.task_id = t.id AND x.epoch = t.epoch AND t.state NOT IN ('preparing', 'queued')
LEFT JOIN runners r ON r.id = x.runner_id;

CREATE TABLE task_logs (
    workspace_id INTEGER NOT NULL,
    task_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    stream TEXT NOT NULL,
    late INTEGER NOT NULL DEFAULT 0,
    text TEXT NOT NULL,
    PRIMARY KEY (task_id, epoch, seq)
) WITHOUT ROWID;

CREATE TABLE artifacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    task_id INTEGER NOT NULL REFERENCES tasks (id),
    name TEXT NOT NULL,
    file_name TEXT NOT NULL,
    digest TEXT,
    size INTEGER,
    media_type TEXT,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    uploaded_at INTEGER,
    CHECK ((digest IS NULL) = (uploaded_at IS NULL))
);
CREATE INDEX artifacts_by_task ON artifacts (workspace_id, task_id, id);
CREATE INDEX artifacts_by_workspace ON artifacts (workspace_id, id);
CREATE INDEX artifacts_by_digest ON artifacts (digest);
CREATE INDEX artifacts_by_time ON artifacts (workspace_id, created_at, id) WHERE digest IS NOT NULL;

CREATE TABLE alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    task_id INTEGER NOT NULL REFERENCES tasks (id),
    level TEXT NOT NULL CHECK (level IN ('info', 'warn', 'error')),
    title TEXT NOT NULL,
    message TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
);
CREATE INDEX alerts_by_task ON alerts (workspace_id, task_id, id);
CREATE INDEX alerts_by_workspace ON alerts (workspace_id, id);
CREATE INDEX alerts_by_time ON alerts (workspace_id, created_at, id);

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    entity TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    at INTEGER NOT NULL,
    data TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX events_by_entity ON events (workspace_id, entity, entity_id, id);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('allowed', 'denied')),
    address TEXT,
    request_id TEXT,
    at INTEGER NOT NULL,
    data TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_by_workspace ON audit (workspace_id, id);

CREATE TABLE loops (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    ticked_at INTEGER NOT NULL
);
