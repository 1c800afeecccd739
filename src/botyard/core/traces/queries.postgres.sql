-- name: attempts
-- PostgreSQL has its own functions to read a JSON array; the same in every statement below. The rows are held, so that
-- counts stay true.
SELECT a.id, a.workspace_id, a.task_id, a.epoch, a.spans
FROM jsonb_array_elements(CAST(:keys AS jsonb)) k (value)
JOIN attempts a ON a.task_id = CAST(k.value ->> 0 AS bigint) AND a.epoch = CAST(k.value ->> 1 AS bigint)
ORDER BY a.id
FOR UPDATE OF a;

-- name: count_sent
UPDATE attempts SET spans = spans + CAST(r.value ->> 1 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value)
WHERE attempts.id = r.value ->> 0;

-- name: tags
SELECT span_id, tags FROM spans
WHERE workspace_id = :workspace_id AND task_id = :task_id AND epoch = :epoch AND tags IS NOT NULL
  AND span_id IN (SELECT value FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value));

-- name: homes
SELECT a.task_id, CAST(w.value ->> 1 AS bigint) AS asked, a.id, a.epoch
FROM jsonb_array_elements(CAST(:wanted AS jsonb)) w (value)
JOIN tasks t ON t.id = CAST(w.value ->> 0 AS bigint) AND t.workspace_id = :workspace_id
JOIN attempts a ON a.task_id = t.id AND a.epoch = COALESCE(NULLIF(CAST(w.value ->> 1 AS bigint), 0), t.epoch);
