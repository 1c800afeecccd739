-- name: of_tasks
-- PostgreSQL has its own functions to read a JSON array.
SELECT p.task_id, p.percent, p.info, p.status, p.updated_at
FROM task_progress p
JOIN tasks t ON t.id = p.task_id AND t.epoch = p.epoch
WHERE p.workspace_id = :workspace_id
  AND p.task_id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) i (value))
UNION ALL
SELECT p.task_id, p.percent, p.info, p.status, p.updated_at
FROM bot_progress p
JOIN tasks t ON t.id = p.task_id AND t.epoch = p.epoch
WHERE p.workspace_id = :workspace_id
  AND p.task_id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) i (value))
