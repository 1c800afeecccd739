-- name: attempts
-- PostgreSQL has its own functions to read a JSON array. The rows are held, so that counts stay true.
SELECT id, runner_id, workspace_id, task_id, epoch, state, dialect, log_lines, log_bytes, log_dropped, log_room_after
FROM attempts WHERE id IN (SELECT value FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value))
ORDER BY id
FOR UPDATE;

-- name: insert
INSERT INTO task_logs (workspace_id, task_id, epoch, seq, at, stream, late, text)
SELECT :workspace_id, :task_id, :epoch, CAST(value ->> 0 AS bigint), CAST(value ->> 1 AS bigint), value ->> 2,
       :late, value ->> 3
FROM jsonb_array_elements(CAST(:lines AS jsonb)) r (value)
ON CONFLICT DO NOTHING;

-- name: writers
-- A JSON array.
SELECT attempt_id, writer, seq FROM log_writers
WHERE (attempt_id, writer) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_array_elements(CAST(:pairs AS jsonb)) r (value));

-- name: note_writers
-- A JSON array.
INSERT INTO log_writers (attempt_id, writer, seq)
SELECT value ->> 0, value ->> 1, CAST(value ->> 2 AS bigint) FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value)
ON CONFLICT (attempt_id, writer) DO UPDATE SET seq = excluded.seq;

-- name: write
INSERT INTO task_logs (workspace_id, task_id, epoch, seq, at, stream, late, text, level)
SELECT CAST(value ->> 0 AS bigint), CAST(value ->> 1 AS bigint), CAST(value ->> 2 AS bigint),
       CAST(value ->> 3 AS bigint), CAST(value ->> 4 AS bigint), value ->> 5, CAST(value ->> 6 AS smallint),
       value ->> 7, value ->> 8
FROM jsonb_array_elements(CAST(:lines AS jsonb)) r (value);

-- name: note
-- A JSON array.
INSERT INTO task_logs (workspace_id, task_id, epoch, seq, at, stream, late, text, level)
SELECT CAST(value ->> 0 AS bigint), CAST(value ->> 1 AS bigint), CAST(value ->> 2 AS bigint),
       (SELECT COALESCE(MAX(l.seq), 0) FROM task_logs l
        WHERE l.task_id = CAST(r.value ->> 1 AS bigint) AND l.epoch = CAST(r.value ->> 2 AS bigint))
       + CAST(value ->> 3 AS bigint),
       CAST(value ->> 4 AS bigint), value ->> 5, 0, value ->> 6, value ->> 7
FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value)
ON CONFLICT DO NOTHING;

-- name: prune
DELETE FROM task_logs WHERE task_id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value));
