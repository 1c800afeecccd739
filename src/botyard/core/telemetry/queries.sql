-- name: begin
INSERT INTO telemetry (id, exporting, since) VALUES (1, 1, :now)
ON CONFLICT (id) DO UPDATE
SET since = CASE WHEN telemetry.exporting = 1 THEN telemetry.since ELSE excluded.since END, exporting = 1;

-- name: end
UPDATE telemetry SET exporting = 0 WHERE exporting = 1;

-- name: exporting
SELECT since FROM telemetry WHERE exporting = 1;

-- name: note_spans
-- Each state of a span has a moment of its own, also of two in one microsecond.
INSERT INTO span_exports (task_id, epoch, span_id, noted_at)
SELECT k.value ->> 0, k.value ->> 1, k.value ->> 2, :now FROM json_each(:keys) k WHERE true
ON CONFLICT (task_id, epoch, span_id) DO UPDATE
SET noted_at = CASE WHEN excluded.noted_at > span_exports.noted_at THEN excluded.noted_at
                    ELSE span_exports.noted_at + 1 END;

-- name: due_spans
SELECT e.task_id, e.epoch, e.span_id,
       COALESCE(LENGTH(s.input), 0) + COALESCE(LENGTH(s.output), 0) + COALESCE(LENGTH(s.tags), 0)
       + COALESCE(LENGTH(s.metadata), 0) AS size
FROM span_exports e
JOIN spans s ON s.task_id = e.task_id AND s.epoch = e.epoch AND s.span_id = e.span_id
JOIN attempts a ON a.task_id = e.task_id AND a.epoch = e.epoch
WHERE s.ended_at IS NOT NULL OR a.ended_at IS NOT NULL
ORDER BY e.noted_at
LIMIT :limit;

-- name: spans
SELECT e.task_id, e.epoch, e.span_id, e.noted_at, w.label AS workspace, m.label AS automation,
       t.created_at AS task_created_at, a.ended_at AS attempt_ended_at, s.parent_id, s.trace_id, s.name, s.status,
       s.message, s.started_at, s.ended_at, s.duration, s.input, s.output, s.tags, s.metadata, s.truncated, s.source,
       s.received_at
FROM json_each(:keys) k
JOIN span_exports e ON e.task_id = k.value ->> 0 AND e.epoch = k.value ->> 1 AND e.span_id = k.value ->> 2
JOIN spans s ON s.task_id = e.task_id AND s.epoch = e.epoch AND s.span_id = e.span_id
JOIN attempts a ON a.task_id = e.task_id AND a.epoch = e.epoch
JOIN tasks t ON t.id = e.task_id
JOIN automations m ON m.id = t.automation_id
JOIN workspaces w ON w.id = t.workspace_id;

-- name: spans_sent
DELETE FROM span_exports
WHERE id IN (
    SELECT e.id FROM json_each(:sent) k
    JOIN span_exports e ON e.task_id = k.value ->> 0 AND e.epoch = k.value ->> 1 AND e.span_id = k.value ->> 2
                       AND e.noted_at = k.value ->> 3);

-- name: due_tasks
-- In this order, so that only what finished lately is looked at.
SELECT t.id, w.label AS workspace, m.label AS automation, t.state, t.created_at, t.finished_at, t.message
FROM telemetry y
CROSS JOIN workspaces w
CROSS JOIN tasks t
JOIN automations m ON m.id = t.automation_id
LEFT JOIN task_exports x ON x.task_id = t.id
WHERE t.workspace_id = w.id AND t.finished_at >= y.since AND t.epoch > 0
  AND (x.finished_at IS NULL OR x.finished_at < t.finished_at)
  AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.task_id = t.id AND a.ended_at IS NULL)
ORDER BY t.finished_at, t.id
LIMIT :limit;

-- name: attempts
SELECT a.task_id, a.epoch, a.state, r.name AS runner, a.package_version, a.leased_at, a.started_at, a.ended_at,
       a.exit_code, a.message
FROM json_each(:ids) k
JOIN attempts a ON a.task_id = k.value
LEFT JOIN runners r ON r.id = a.runner_id
WHERE a.ended_at IS NOT NULL
ORDER BY a.task_id, a.epoch;

-- name: tasks_sent
INSERT INTO task_exports (task_id, finished_at)
SELECT t.id, k.value ->> 1 FROM json_each(:sent) k JOIN tasks t ON t.id = k.value ->> 0 WHERE true
ON CONFLICT (task_id) DO UPDATE SET finished_at = excluded.finished_at;

-- name: advance
UPDATE telemetry
SET since = COALESCE(
    (SELECT MIN(t.finished_at)
     FROM workspaces w
     CROSS JOIN tasks t
     LEFT JOIN task_exports x ON x.task_id = t.id
     WHERE t.workspace_id = w.id AND t.finished_at >= telemetry.since AND t.finished_at < :latest AND t.epoch > 0 AND (x.finished_at IS NULL OR x.finished_at < t.finished_at)),
    :latest)
WHERE since < :latest;
