-- name: note_spans
-- PostgreSQL has its own functions to read a JSON array; the same in every statement below.
INSERT INTO span_exports (task_id, epoch, span_id, noted_at)
SELECT CAST(k.value ->> 0 AS bigint), CAST(k.value ->> 1 AS bigint), k.value ->> 2, :now
FROM jsonb_array_elements(CAST(:keys AS jsonb)) k (value)
ON CONFLICT (task_id, epoch, span_id) DO UPDATE
SET noted_at = CASE WHEN excluded.noted_at > span_exports.noted_at THEN excluded.noted_at
                    ELSE span_exports.noted_at + 1 END;

-- name: spans
SELECT e.task_id, e.epoch, e.span_id, e.noted_at, w.label AS workspace, m.label AS automation,
       t.created_at AS task_created_at, a.ended_at AS attempt_ended_at, s.parent_id, s.trace_id, s.name, s.status,
       s.message, s.started_at, s.ended_at, s.duration, s.input, s.output, s.tags, s.metadata, s.truncated, s.source,
       s.received_at
FROM jsonb_array_elements(CAST(:keys AS jsonb)) k (value)
JOIN span_exports e ON e.task_id = CAST(k.value ->> 0 AS bigint) AND e.epoch = CAST(k.value ->> 1 AS bigint)
                   AND e.span_id = k.value ->> 2
JOIN spans s ON s.task_id = e.task_id AND s.epoch = e.epoch AND s.span_id = e.span_id
JOIN attempts a ON a.task_id = e.task_id AND a.epoch = e.epoch
JOIN tasks t ON t.id = e.task_id
JOIN automations m ON m.id = t.automation_id
JOIN workspaces w ON w.id = t.workspace_id;

-- name: spans_sent
DELETE FROM span_exports e
USING jsonb_array_elements(CAST(:sent AS jsonb)) k (value)
WHERE e.task_id = CAST(k.value ->> 0 AS bigint) AND e.epoch = CAST(k.value ->> 1 AS bigint)
  AND e.span_id = k.value ->> 2 AND e.noted_at = CAST(k.value ->> 3 AS bigint);

-- name: attempts
SELECT a.task_id, a.epoch, a.state, r.name AS runner, a.package_version, a.leased_at, a.started_at, a.ended_at,
       a.exit_code, a.message
FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) k (value)
JOIN attempts a ON a.task_id = CAST(k.value AS bigint)
LEFT JOIN runners r ON r.id = a.runner_id
WHERE a.ended_at IS NOT NULL
ORDER BY a.task_id, a.epoch;

-- name: tasks_sent
INSERT INTO task_exports (task_id, finished_at)
SELECT t.id, CAST(k.value ->> 1 AS bigint)
FROM jsonb_array_elements(CAST(:sent AS jsonb)) k (value)
JOIN tasks t ON t.id = CAST(k.value ->> 0 AS bigint)
ON CONFLICT (task_id) DO UPDATE SET finished_at = excluded.finished_at;
