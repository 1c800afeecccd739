-- name: hold
-- Locks the task's row, so that a lease given to the next attempt waits for this report or this report is refused.
SELECT t.id, t.automation_id, x.package_version
FROM tasks t
LEFT JOIN attempts x ON x.task_id = t.id AND x.epoch = t.epoch
WHERE t.id = :task_id
  AND t.workspace_id = :workspace_id
  AND (CAST(:attempt AS TEXT) IS NULL OR (x.id = :attempt AND x.state NOT IN ('lost', 'released')))
FOR SHARE OF t;

-- name: referenced
-- PostgreSQL reads a JSON array with its own function.
SELECT DISTINCT digest FROM error_files
WHERE digest IN (SELECT jsonb_array_elements_text(CAST(:digests AS jsonb)));
