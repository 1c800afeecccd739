-- name: create
-- Locks the task's row, so that a lease given to the next attempt waits for this file or this file is refused:
-- without the lock both could commit, and a file of the old attempt would appear after the new one began.
INSERT INTO artifacts (workspace_id, task_id, name, file_name, created_at, created_by)
SELECT t.workspace_id, t.id, CAST(:name AS TEXT), CAST(:file_name AS TEXT), :now, CAST(:actor AS TEXT)
FROM tasks t
WHERE t.id = :task_id
  AND t.workspace_id = :workspace_id
  AND (CAST(:attempt AS TEXT) IS NULL OR EXISTS (
        SELECT 1 FROM attempts a
        WHERE a.id = :attempt AND a.task_id = t.id AND a.epoch = t.epoch AND a.state NOT IN ('lost', 'released')))
FOR SHARE OF t
RETURNING id;

-- name: attach
-- Locks the task's row for the same reason as `create`.
WITH held AS (
    SELECT t.id, t.epoch
    FROM artifacts f JOIN tasks t ON t.id = f.task_id
    WHERE f.id = :artifact_id AND f.workspace_id = :workspace_id
    FOR SHARE OF t
)
UPDATE artifacts
SET digest = :digest, size = :size, media_type = :media_type, uploaded_at = :now
FROM held
WHERE artifacts.id = :artifact_id
  AND artifacts.workspace_id = :workspace_id
  AND artifacts.task_id = held.id
  AND artifacts.digest IS NULL
  AND (CAST(:attempt AS TEXT) IS NULL OR EXISTS (
        SELECT 1 FROM attempts a
        WHERE a.id = :attempt AND a.task_id = held.id AND a.epoch = held.epoch
          AND a.state NOT IN ('lost', 'released')));

-- name: referenced
-- No json_each here.
SELECT DISTINCT digest FROM artifacts
WHERE digest IN (SELECT jsonb_array_elements_text(CAST(:digests AS jsonb)));
