-- breaking: no
-- Apps, their actions, runs and files, and how far tasks have come.

-- The id is chosen by whoever declares the app, so it is known within its workspace only.
CREATE TABLE apps (
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    id INTEGER NOT NULL CHECK (id BETWEEN 1 AND 2147483647),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    owner_id INTEGER REFERENCES users (id),
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, slug)
) WITHOUT ROWID;
CREATE INDEX apps_by_slug ON apps (slug);

-- The code of an action is the package of its automation; `source` is its main file as it was released last.
CREATE TABLE actions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL,
    app_id INTEGER NOT NULL,
    automation_id TEXT NOT NULL UNIQUE REFERENCES automations (id) ON DELETE CASCADE,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('app_action', 'user_action', 'table_action', 'trigger_action', 'webhook_action')),
    description TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL DEFAULT '',
    requirements TEXT NOT NULL DEFAULT '[]',
    input_schema TEXT,
    table_name TEXT,
    required_confirmation INTEGER NOT NULL DEFAULT 0 CHECK (required_confirmation IN (0, 1)),
    is_public INTEGER NOT NULL DEFAULT 0 CHECK (is_public IN (0, 1)),
    hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)),
    webhook_turn INTEGER NOT NULL DEFAULT 0,
    runs INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (workspace_id, app_id, slug),
    FOREIGN KEY (workspace_id, app_id) REFERENCES apps (workspace_id, id)
);

-- Every task of an action is a run with a number of its own, and perhaps with more than its task's parameters.
CREATE TABLE action_runs (
    task_id INTEGER PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
    workspace_id INTEGER NOT NULL,
    action_id INTEGER NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    user_id INTEGER REFERENCES users (id),
    connection_id INTEGER,
    options TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX action_runs_by_action ON action_runs (action_id, number);

-- Run requests that carried a key, so that a repeated one finds its run. They outlive the task.
CREATE TABLE action_requests (
    workspace_id INTEGER NOT NULL,
    action_id INTEGER NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    request_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    task_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (action_id, request_key)
) WITHOUT ROWID;
CREATE INDEX action_requests_by_time ON action_requests (created_at);

-- How far a task says that it is. `task_id` is NULL for a run that this server did not start.
CREATE TABLE task_progress (
    workspace_id INTEGER NOT NULL,
    app_id INTEGER NOT NULL,
    task_key TEXT NOT NULL,
    task_id INTEGER REFERENCES tasks (id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL DEFAULT 0,
    percent INTEGER NOT NULL CHECK (percent BETWEEN 0 AND 100),
    info TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'completed', 'failed')),
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, app_id, task_key),
    FOREIGN KEY (workspace_id, app_id) REFERENCES apps (workspace_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX task_progress_by_task ON task_progress (task_id) WHERE task_id IS NOT NULL;
CREATE INDEX task_progress_detached ON task_progress (updated_at) WHERE task_id IS NULL;

CREATE TABLE app_files (
    workspace_id INTEGER NOT NULL,
    app_id INTEGER NOT NULL,
    path TEXT NOT NULL,
    object_key TEXT NOT NULL UNIQUE,
    original_name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    public INTEGER NOT NULL DEFAULT 0 CHECK (public IN (0, 1)),
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (workspace_id, app_id, path),
    FOREIGN KEY (workspace_id, app_id) REFERENCES apps (workspace_id, id)
) WITHOUT ROWID;
CREATE INDEX app_files_by_digest ON app_files (digest);

-- A token of an app stands for one app and one person.
ALTER TABLE tokens ADD COLUMN app_id INTEGER;
ALTER TABLE tokens ADD COLUMN user_id INTEGER REFERENCES users (id);
