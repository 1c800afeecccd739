-- name: attempts
SELECT a.id, a.workspace_id, a.task_id, a.epoch, a.spans
FROM json_each(:keys) k
JOIN attempts a ON a.task_id = k.value ->> 0 AND a.epoch = k.value ->> 1;

-- name: upsert
-- A later word replaces an earlier one; what it leaves out stays. So many columns are bound faster than read from JSON.
INSERT INTO spans (workspace_id, task_id, epoch, span_id, parent_id, trace_id, name, status, message, started_at,
                   ended_at, duration, input, output, tags, metadata, truncated, source, received_at)
VALUES (:workspace_id, :task_id, :epoch, :span_id, :parent_id, :trace_id, :name, :status, :message, :started_at,
        :ended_at, :duration, :input, :output, :tags, :metadata, :truncated, :source, :received_at)
ON CONFLICT (task_id, epoch, span_id) DO UPDATE
SET parent_id = COALESCE(excluded.parent_id, spans.parent_id), trace_id = COALESCE(excluded.trace_id, spans.trace_id),
    name = excluded.name, status = COALESCE(excluded.status, spans.status),
    message = COALESCE(excluded.message, spans.message), started_at = COALESCE(excluded.started_at, spans.started_at),
    ended_at = COALESCE(excluded.ended_at, spans.ended_at), duration = COALESCE(excluded.duration, spans.duration),
    input = COALESCE(excluded.input, spans.input), output = COALESCE(excluded.output, spans.output),
    tags = COALESCE(excluded.tags, spans.tags), metadata = COALESCE(excluded.metadata, spans.metadata),
    truncated = CASE WHEN excluded.truncated = 1 THEN 1 ELSE spans.truncated END, received_at = excluded.received_at;

-- name: count_sent
UPDATE attempts SET spans = spans + (r.value ->> 1)
FROM json_each(:rows) r
WHERE attempts.id = r.value ->> 0;

-- name: bars
SELECT epoch, span_id, parent_id, name, status, started_at, ended_at, duration, received_at
FROM spans
WHERE task_id = :task_id AND (:epoch = 0 OR epoch = :epoch) AND received_at >= :since
ORDER BY epoch, COALESCE(started_at, received_at), span_id
LIMIT :limit;

-- name: sent_by_attempt
SELECT epoch, spans FROM attempts
WHERE workspace_id = :workspace_id AND task_id = :task_id AND spans > 0
ORDER BY epoch DESC
LIMIT :limit;

-- name: sent
SELECT COALESCE(SUM(spans), 0) AS spans FROM attempts WHERE workspace_id = :workspace_id AND task_id = :task_id;

-- name: get
SELECT * FROM spans
WHERE workspace_id = :workspace_id AND task_id = :task_id AND epoch = :epoch AND span_id = :span_id;

-- name: search
SELECT epoch, span_id FROM spans
WHERE workspace_id = :workspace_id AND task_id = :task_id
  AND (LOWER(name) LIKE :pattern ESCAPE '!' OR LOWER(message) LIKE :pattern ESCAPE '!'
       OR LOWER(input) LIKE :pattern ESCAPE '!' OR LOWER(output) LIKE :pattern ESCAPE '!'
       OR LOWER(tags) LIKE :pattern ESCAPE '!' OR LOWER(metadata) LIKE :pattern ESCAPE '!')
LIMIT :limit;

-- name: tags
SELECT span_id, tags FROM spans
WHERE workspace_id = :workspace_id AND task_id = :task_id AND epoch = :epoch AND tags IS NOT NULL
  AND span_id IN (SELECT value FROM json_each(:ids));

-- name: homes
SELECT a.task_id, w.value ->> 1 AS asked, a.id, a.epoch
FROM json_each(:wanted) w
JOIN tasks t ON t.id = w.value ->> 0 AND t.workspace_id = :workspace_id
JOIN attempts a ON a.task_id = t.id AND a.epoch = COALESCE(NULLIF(w.value ->> 1, 0), t.epoch);

-- name: newest
SELECT s.task_id, s.epoch, s.span_id, s.parent_id, s.name, s.status, s.started_at, s.ended_at, s.duration, s.received_at
FROM (SELECT t.id FROM tasks t
      WHERE t.workspace_id = :workspace_id AND t.id <= :upto
        AND (:automation = ''
             OR t.automation_id = (SELECT a.id FROM automations a
                                   WHERE a.workspace_id = :workspace_id AND a.label = :automation))
      ORDER BY t.id DESC
      LIMIT :window) r
JOIN spans s ON s.task_id = r.id
WHERE (:status = '' OR s.status = :status)
  AND (:pattern = '' OR LOWER(s.name) LIKE :pattern ESCAPE '!' OR LOWER(s.message) LIKE :pattern ESCAPE '!')
  AND (s.task_id, s.epoch, s.span_id) < (:last_task, :last_epoch, :last_id)
ORDER BY s.task_id DESC, s.epoch DESC, s.span_id DESC
LIMIT :limit;

-- name: looked_at
SELECT COUNT(*) AS tasks, MIN(id) AS oldest
FROM (SELECT t.id FROM tasks t
      WHERE t.workspace_id = :workspace_id AND t.id <= :upto
        AND (:automation = ''
             OR t.automation_id = (SELECT a.id FROM automations a
                                   WHERE a.workspace_id = :workspace_id AND a.label = :automation))
      ORDER BY t.id DESC
      LIMIT :window) w;
