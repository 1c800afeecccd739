-- name: register
INSERT INTO callbacks (task_id, workspace_id, kind, url, policy, state, created_at, updated_at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, 'waiting', value ->> 5, value ->> 5
FROM json_each(:rows)
WHERE true
ON CONFLICT (task_id) DO NOTHING;

-- name: of_task
SELECT task_id, kind, url, state, tries, next_at, error, updated_at
FROM callbacks WHERE task_id = :task_id AND workspace_id = :workspace_id;

-- name: settled
-- Those that wait, and those that were told of an earlier end of a task that ended again since.
SELECT c.task_id, t.finished_at
FROM callbacks c JOIN tasks t ON t.id = c.task_id
WHERE (c.state = 'waiting' OR (c.state IN ('delivered', 'failed') AND c.updated_at > :since))
  AND t.finished_at IS NOT NULL AND (c.ended_at IS NULL OR c.ended_at <> t.finished_at)
  AND (t.finished_at < :patient OR NOT EXISTS (
      SELECT 1 FROM attempts a
      WHERE a.task_id = t.id AND a.epoch = t.epoch AND (a.ended_at IS NULL OR a.log_complete = 0)))
ORDER BY c.task_id
LIMIT :limit;

-- name: settled_of
SELECT c.task_id, t.finished_at
FROM json_each(:ids) k
JOIN callbacks c ON c.task_id = k.value
JOIN tasks t ON t.id = c.task_id
WHERE c.state IN ('waiting', 'delivered', 'failed')
  AND t.finished_at IS NOT NULL AND (c.ended_at IS NULL OR c.ended_at <> t.finished_at)
  AND (t.finished_at < :patient OR NOT EXISTS (
      SELECT 1 FROM attempts a
      WHERE a.task_id = t.id AND a.epoch = t.epoch AND (a.ended_at IS NULL OR a.log_complete = 0)));

-- name: settle
UPDATE callbacks
SET state = 'due', ended_at = found.finished_at, due_at = :now, next_at = :now, tries = 0, error = NULL,
    updated_at = :now
FROM (SELECT value ->> 0 AS task_id, value ->> 1 AS finished_at FROM json_each(:rows)) AS found
WHERE callbacks.task_id = found.task_id AND callbacks.state IN ('waiting', 'delivered', 'failed')
  AND (callbacks.ended_at IS NULL OR callbacks.ended_at <> found.finished_at);

-- name: any_due
SELECT task_id FROM callbacks WHERE state = 'due' AND next_at <= :now LIMIT 1;

-- name: claim
UPDATE callbacks SET holder = :holder, next_at = :until, tries = tries + 1, updated_at = :now
WHERE task_id IN (
    SELECT task_id FROM callbacks WHERE state = 'due' AND next_at <= :now ORDER BY next_at, task_id LIMIT :limit)
  AND state = 'due' AND next_at <= :now
RETURNING task_id, workspace_id, kind, url, policy, ended_at, due_at, tries;

-- name: renew
UPDATE callbacks SET next_at = :until
WHERE task_id IN (SELECT value FROM json_each(:ids)) AND state = 'due' AND holder = :holder;

-- name: delivered
UPDATE callbacks SET state = 'delivered', next_at = NULL, holder = NULL, error = NULL, updated_at = :now
WHERE task_id = :task_id AND state = 'due' AND holder = :holder AND tries = :tries AND ended_at = :ended_at
RETURNING task_id;

-- name: failed
UPDATE callbacks
SET state = CASE WHEN CAST(:retry_at AS BIGINT) IS NULL THEN 'failed' ELSE 'due' END, next_at = :retry_at, holder = NULL,
    error = :reason, updated_at = :now
WHERE task_id = :task_id AND state = 'due' AND holder = :holder AND tries = :tries AND ended_at = :ended_at
RETURNING task_id;

-- name: release
UPDATE callbacks SET next_at = :now, holder = NULL, tries = tries - 1, updated_at = :now
WHERE task_id = :task_id AND state = 'due' AND holder = :holder AND tries = :tries AND ended_at = :ended_at;

-- name: repeat
-- What a server is sending at this moment stays with it.
UPDATE callbacks
SET state = 'due', due_at = :now, next_at = :now, tries = 0, error = NULL, updated_at = :now
WHERE task_id = :task_id AND workspace_id = :workspace_id
  AND (state IN ('delivered', 'failed') OR (state = 'due' AND holder IS NULL))
RETURNING task_id;

-- name: reclaim
UPDATE callbacks SET next_at = :now, holder = NULL WHERE state = 'due' AND holder IS NOT NULL;
