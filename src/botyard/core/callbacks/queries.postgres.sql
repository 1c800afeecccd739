-- name: register
-- A JSON array.
INSERT INTO callbacks (task_id, workspace_id, kind, url, policy, state, created_at, updated_at)
SELECT CAST(value ->> 0 AS bigint), CAST(value ->> 1 AS bigint), value ->> 2, value ->> 3, value ->> 4, 'waiting',
       CAST(value ->> 5 AS bigint), CAST(value ->> 5 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value)
ON CONFLICT (task_id) DO NOTHING;

-- name: settled_of
-- A JSON array.
SELECT c.task_id, t.finished_at
FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) k (value)
JOIN callbacks c ON c.task_id = CAST(k.value AS bigint)
JOIN tasks t ON t.id = c.task_id
WHERE c.state IN ('waiting', 'delivered', 'failed')
  AND t.finished_at IS NOT NULL AND (c.ended_at IS NULL OR c.ended_at <> t.finished_at)
  AND (t.finished_at < :patient OR NOT EXISTS (
      SELECT 1 FROM attempts a
      WHERE a.task_id = t.id AND a.epoch = t.epoch AND (a.ended_at IS NULL OR a.log_complete = 0)));

-- name: settle
-- A JSON array.
UPDATE callbacks
SET state = 'due', ended_at = found.finished_at, due_at = :now, next_at = :now, tries = 0, error = NULL,
    updated_at = :now
FROM (SELECT CAST(value ->> 0 AS bigint) AS task_id, CAST(value ->> 1 AS bigint) AS finished_at
      FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value)) AS found
WHERE callbacks.task_id = found.task_id AND callbacks.state IN ('waiting', 'delivered', 'failed')
  AND (callbacks.ended_at IS NULL OR callbacks.ended_at <> found.finished_at);

-- name: claim
-- SKIP LOCKED lets servers tell side by side; materialised because a plan may run a limited subquery more than once.
WITH chosen AS MATERIALIZED (
    SELECT task_id FROM callbacks WHERE state = 'due' AND next_at <= :now
    ORDER BY next_at, task_id LIMIT :limit FOR UPDATE SKIP LOCKED)
UPDATE callbacks SET holder = :holder, next_at = :until, tries = tries + 1, updated_at = :now
FROM chosen
WHERE callbacks.task_id = chosen.task_id AND callbacks.state = 'due' AND callbacks.next_at <= :now
RETURNING callbacks.task_id, callbacks.workspace_id, callbacks.kind, callbacks.url, callbacks.policy,
          callbacks.ended_at, callbacks.due_at, callbacks.tries;

-- name: renew
-- A JSON array.
UPDATE callbacks SET next_at = :until
WHERE task_id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) k (value))
  AND state = 'due' AND holder = :holder;
