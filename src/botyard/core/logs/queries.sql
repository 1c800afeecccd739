-- name: attempts
SELECT id, runner_id, workspace_id, task_id, epoch, state, dialect, log_lines, log_bytes, log_dropped, log_room_after
FROM attempts WHERE id IN (SELECT value FROM json_each(:ids));

-- name: insert
INSERT INTO task_logs (workspace_id, task_id, epoch, seq, at, stream, late, text)
SELECT :workspace_id, :task_id, :epoch, value ->> 0, value ->> 1, value ->> 2, :late, value ->> 3
FROM json_each(:lines)
WHERE true
ON CONFLICT DO NOTHING;

-- name: last_line
SELECT COALESCE(MAX(seq), 0) AS seq FROM task_logs WHERE task_id = :task_id AND epoch = :epoch;

-- name: last_printed
SELECT seq FROM task_logs
WHERE task_id = :task_id AND epoch = :epoch AND stream IN ('stdout', 'stderr', 'runner')
ORDER BY seq DESC
LIMIT 1;

-- name: writers
SELECT attempt_id, writer, seq FROM log_writers
WHERE (attempt_id, writer) IN (SELECT value ->> 0, value ->> 1 FROM json_each(:pairs));

-- name: note_writers
INSERT INTO log_writers (attempt_id, writer, seq)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:rows)
WHERE true
ON CONFLICT (attempt_id, writer) DO UPDATE SET seq = excluded.seq;

-- name: write
INSERT INTO task_logs (workspace_id, task_id, epoch, seq, at, stream, late, text, level)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
       value ->> 8
FROM json_each(:lines);

-- name: note
-- The fourth of a row counts the notes of one attempt; what its runner sends at the same moment goes first.
INSERT INTO task_logs (workspace_id, task_id, epoch, seq, at, stream, late, text, level)
SELECT value ->> 0, value ->> 1, value ->> 2,
       (SELECT COALESCE(MAX(l.seq), 0) FROM task_logs l WHERE l.task_id = r.value ->> 1 AND l.epoch = r.value ->> 2)
       + (value ->> 3),
       value ->> 4, value ->> 5, 0, value ->> 6, value ->> 7
FROM json_each(:rows) r
WHERE true
ON CONFLICT DO NOTHING;

-- name: count
UPDATE attempts
SET log_lines = log_lines + :lines, log_bytes = log_bytes + :bytes, log_dropped = log_dropped + :dropped,
    log_complete = CASE WHEN :complete = 1 THEN 1 ELSE log_complete END,
    log_room_after = COALESCE(log_room_after, CAST(:room_after AS BIGINT))
WHERE id = :attempt_id;

-- name: follow
SELECT epoch, seq, at, stream, text, late, level FROM task_logs
WHERE workspace_id = :workspace_id AND task_id = :task_id AND (epoch, seq) > (:epoch, :seq)
ORDER BY epoch, seq
LIMIT :limit;

-- name: tail
SELECT epoch, seq, at, stream, text, late, level FROM task_logs
WHERE workspace_id = :workspace_id AND task_id = :task_id AND (epoch, seq) < (:epoch, :seq)
ORDER BY epoch DESC, seq DESC
LIMIT :limit;

-- name: search
SELECT epoch, seq, at, stream, text, late, level FROM task_logs
WHERE workspace_id = :workspace_id AND task_id = :task_id AND (epoch, seq) > (:epoch, :seq)
  AND LOWER(text) LIKE :pattern ESCAPE '!'
  AND stream = COALESCE(CAST(:stream AS TEXT), stream)
  AND (:levels = '' OR :levels LIKE '%,' || UPPER(level) || ',%')
ORDER BY epoch, seq
LIMIT :limit;

-- name: during
SELECT epoch, seq, at, stream, text, late, level FROM task_logs
WHERE workspace_id = :workspace_id AND task_id = :task_id AND epoch = :epoch AND at BETWEEN :since AND :until
ORDER BY seq
LIMIT :limit;

-- name: glance
SELECT seq, at, stream, level FROM task_logs
WHERE workspace_id = :workspace_id AND task_id = :task_id AND epoch = :epoch AND seq > :after
ORDER BY seq
LIMIT :limit;

-- name: prune
DELETE FROM task_logs WHERE task_id IN (SELECT value FROM json_each(:ids));

-- name: prunable
SELECT t.id FROM tasks t
WHERE t.finished_at IS NOT NULL AND t.finished_at < :before AND t.id > :after_id
  AND EXISTS (SELECT 1 FROM task_logs l WHERE l.task_id = t.id)
ORDER BY t.id
LIMIT :limit;
