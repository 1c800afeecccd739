-- name: newest
SELECT COALESCE(MAX(id), 0) AS id FROM alerts WHERE workspace_id = :workspace_id;

-- name: create
-- The attempt is compared in the statement itself, so that one which lost its lease meanwhile writes nothing.
INSERT INTO alerts (workspace_id, task_id, level, title, message, created_at, created_by)
SELECT t.workspace_id, t.id, CAST(:level AS TEXT), CAST(:title AS TEXT), CAST(:message AS TEXT), :now, CAST(:actor AS TEXT)
FROM tasks t
WHERE t.id = :task_id
  AND t.workspace_id = :workspace_id
  AND (CAST(:attempt AS TEXT) IS NULL OR EXISTS (
        SELECT 1 FROM attempts a
        WHERE a.id = :attempt AND a.task_id = t.id AND a.epoch = t.epoch AND a.state NOT IN ('lost', 'released')))
RETURNING id;
