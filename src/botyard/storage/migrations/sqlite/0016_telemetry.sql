-- breaking: no
-- What a collector of traces has still to get. Spans are noted as they come, while exporting is on; tasks are found by
-- when they finished, from `since` on.

CREATE TABLE telemetry (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    exporting INTEGER NOT NULL CHECK (exporting IN (0, 1)),
    since INTEGER NOT NULL
);

CREATE TABLE span_exports (
    id INTEGER PRIMARY KEY,
    task_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    span_id TEXT NOT NULL,
    noted_at INTEGER NOT NULL,
    UNIQUE (task_id, epoch, span_id),
    FOREIGN KEY (task_id, epoch, span_id) REFERENCES spans (task_id, epoch, span_id) ON DELETE CASCADE
);
CREATE INDEX span_exports_by_time ON span_exports (noted_at);

-- The tasks whose end was told, and which end: a task that is restarted ends again.
CREATE TABLE task_exports (
    task_id INTEGER PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
    finished_at INTEGER NOT NULL
);
