-- breaking: no

-- Bots send messages to their logs, besides what they print. Printed lines behind this number leave room for messages
-- between them; null for a log without messages, whose lines are numbered 1, 2, 3.
ALTER TABLE attempts ADD COLUMN log_room_after INTEGER;

-- The last message of each process of an attempt that is stored, so that one that is sent again is stored once.
CREATE TABLE log_writers (
    attempt_id TEXT NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
    writer TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (attempt_id, writer)
) WITHOUT ROWID;

-- How far tasks say that they are which are runs of no app; for the others there is task_progress.
CREATE TABLE bot_progress (
    task_id INTEGER PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
    workspace_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    percent INTEGER NOT NULL CHECK (percent BETWEEN 0 AND 100),
    info TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'completed', 'failed')),
    updated_at INTEGER NOT NULL
);
