-- breaking: no
-- Schedules that start tasks, and what became of each firing.

CREATE TABLE schedules (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    automation_id TEXT NOT NULL REFERENCES automations (id),
    name TEXT NOT NULL DEFAULT '',
    cron TEXT,
    once_at INTEGER,
    timezone TEXT NOT NULL,
    overlap TEXT NOT NULL CHECK (overlap IN ('skip', 'queue', 'replace')),
    catch_up TEXT NOT NULL CHECK (catch_up IN ('none', 'last', 'all')),
    catch_up_cap INTEGER NOT NULL CHECK (catch_up_cap BETWEEN 1 AND 100),
    strategy TEXT NOT NULL DEFAULT '',
    parameters TEXT NOT NULL,
    priority INTEGER CHECK (priority BETWEEN 0 AND 10),
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    error TEXT,
    next_at INTEGER,
    last_at INTEGER,
    last_task_id INTEGER,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    CHECK ((cron IS NULL) <> (once_at IS NULL))
);
CREATE INDEX schedules_by_workspace ON schedules (workspace_id, id);
CREATE INDEX schedules_by_automation ON schedules (automation_id);
CREATE INDEX schedules_due ON schedules (next_at) WHERE active = 1 AND next_at IS NOT NULL;

CREATE TABLE schedule_firings (
    schedule_id INTEGER NOT NULL REFERENCES schedules (id) ON DELETE CASCADE,
    due_at INTEGER NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('started', 'skipped', 'missed', 'failed')),
    task_id INTEGER,
    reason TEXT,
    fired_at INTEGER NOT NULL,
    PRIMARY KEY (schedule_id, due_at)
) WITHOUT ROWID;
CREATE INDEX schedule_firings_by_age ON schedule_firings (fired_at);
CREATE INDEX schedule_firings_by_task ON schedule_firings (task_id) WHERE task_id IS NOT NULL;
