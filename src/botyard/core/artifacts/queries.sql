-- name: newest
SELECT COALESCE(MAX(id), 0) AS id FROM artifacts WHERE workspace_id = :workspace_id;

-- name: create
-- The attempt is compared in the statement itself, so that one which lost its lease meanwhile writes nothing.
INSERT INTO artifacts (workspace_id, task_id, name, file_name, created_at, created_by)
SELECT t.workspace_id, t.id, CAST(:name AS TEXT), CAST(:file_name AS TEXT), :now, CAST(:actor AS TEXT)
FROM tasks t
WHERE t.id = :task_id
  AND t.workspace_id = :workspace_id
  AND (CAST(:attempt AS TEXT) IS NULL OR EXISTS (
        SELECT 1 FROM attempts a
        WHERE a.id = :attempt AND a.task_id = t.id AND a.epoch = t.epoch AND a.state NOT IN ('lost', 'released')))
RETURNING id;

-- name: attach
UPDATE artifacts
SET digest = :digest, size = :size, media_type = :media_type, uploaded_at = :now
WHERE id = :artifact_id
  AND workspace_id = :workspace_id
  AND digest IS NULL
  AND (CAST(:attempt AS TEXT) IS NULL OR EXISTS (
        SELECT 1 FROM attempts a JOIN tasks t ON t.id = a.task_id AND t.epoch = a.epoch
        WHERE a.id = :attempt AND a.task_id = artifacts.task_id AND a.state NOT IN ('lost', 'released')));

-- name: referenced
SELECT DISTINCT digest FROM artifacts WHERE digest IN (SELECT value FROM json_each(:digests));

-- name: names
SELECT id, name, file_name, digest, created_by FROM artifacts
WHERE workspace_id = :workspace_id AND task_id = :task_id
ORDER BY id DESC
LIMIT :limit;

-- name: rename
UPDATE artifacts SET file_name = :file_name WHERE id = :artifact_id;

-- name: is_input
SELECT 1 AS one FROM task_inputs WHERE task_id = (SELECT f.task_id FROM artifacts f WHERE f.id = :artifact_id)
  AND artifact_id = :artifact_id;

-- name: delete
DELETE FROM artifacts WHERE workspace_id = :workspace_id AND id = :artifact_id;
