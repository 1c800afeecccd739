-- name: task
SELECT t.id, t.epoch, c.app_id FROM tasks t
JOIN actions c ON c.automation_id = t.automation_id
WHERE t.workspace_id = :workspace_id AND t.id = :task_id

-- name: home
SELECT t.workspace_id, c.app_id FROM tasks t
LEFT JOIN actions c ON c.automation_id = t.automation_id
WHERE t.id = :task_id

-- name: report
INSERT INTO task_progress (workspace_id, app_id, task_key, task_id, epoch, percent, info, status, updated_at)
VALUES (:workspace_id, :app_id, :task_key, :task_id, :epoch, :percent, :info, :status, :now)
ON CONFLICT (workspace_id, app_id, task_key) DO UPDATE
SET epoch = excluded.epoch, percent = excluded.percent, info = excluded.info, status = excluded.status,
    updated_at = excluded.updated_at
RETURNING percent, info, status, updated_at

-- name: tell
INSERT INTO bot_progress (task_id, workspace_id, epoch, percent, info, status, updated_at)
VALUES (:task_id, :workspace_id, :epoch, :percent, :info, :status, :now)
ON CONFLICT (task_id) DO UPDATE
SET epoch = excluded.epoch, percent = excluded.percent, info = excluded.info, status = excluded.status,
    updated_at = excluded.updated_at
WHERE bot_progress.epoch <= excluded.epoch

-- name: read
SELECT percent, info, status, updated_at FROM task_progress
WHERE workspace_id = :workspace_id AND app_id = :app_id AND task_key = :task_key

-- name: of_tasks
-- What an earlier attempt said counts no more once another one has begun.
SELECT p.task_id, p.percent, p.info, p.status, p.updated_at
FROM task_progress p
JOIN tasks t ON t.id = p.task_id AND t.epoch = p.epoch
WHERE p.workspace_id = :workspace_id AND p.task_id IN (SELECT value FROM json_each(:ids))
UNION ALL
SELECT p.task_id, p.percent, p.info, p.status, p.updated_at
FROM bot_progress p
JOIN tasks t ON t.id = p.task_id AND t.epoch = p.epoch
WHERE p.workspace_id = :workspace_id AND p.task_id IN (SELECT value FROM json_each(:ids))

-- name: prune
DELETE FROM task_progress
WHERE (workspace_id, app_id, task_key) IN (
    SELECT p.workspace_id, p.app_id, p.task_key FROM task_progress p
    WHERE p.task_id IS NULL AND p.updated_at < :before
    LIMIT :limit)
