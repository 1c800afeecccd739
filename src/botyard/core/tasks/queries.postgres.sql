-- name: find_automations
-- PostgreSQL has its own functions to read a JSON array; the same in every statement below that takes one.
SELECT a.id, a.workspace_id, a.label, a.priority, a.max_attempts, a.runner_label, a.parameters,
       CASE WHEN p.released IS NULL THEN 0 ELSE 1 END AS runnable
FROM jsonb_array_elements(CAST(:keys AS jsonb)) k (value)
JOIN automations a ON a.workspace_id = CAST(k.value ->> 0 AS bigint) AND a.label = k.value ->> 1
LEFT JOIN packages p ON p.id = a.package_id;

-- name: insert_tasks
-- The order of the array is the order of the ids.
INSERT INTO tasks (workspace_id, automation_id, state, priority, parameters, runner_label, max_attempts, test,
                   development, ready, not_before, package_version, created_at, created_by, updated_at, queued_at)
SELECT CAST(value ->> 'workspace_id' AS bigint), value ->> 'automation_id', value ->> 'state',
       CAST(value ->> 'priority' AS bigint), value ->> 'parameters', value ->> 'runner_label',
       CAST(value ->> 'max_attempts' AS bigint), CAST(value ->> 'test' AS smallint),
       CAST(value ->> 'development' AS smallint),
       CAST(value ->> 'ready' AS smallint), CAST(value ->> 'not_before' AS bigint),
       value ->> 'package_version',
       CAST(value ->> 'now' AS bigint), value ->> 'actor', CAST(value ->> 'now' AS bigint),
       CAST(value ->> 'now' AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) WITH ORDINALITY AS r (value, n)
ORDER BY n
RETURNING id;

-- name: by_ids
SELECT * FROM task_view WHERE id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value));

-- name: lock
-- SQLite has one writer; here the row must be held, so that what follows decides on a state that stays.
SELECT id FROM tasks WHERE workspace_id = :workspace_id AND id = :task_id FOR UPDATE;

-- name: touch_runners
-- The row lock makes two calls of one runner count its slots one after the other.
UPDATE runners SET seen_at = :now
WHERE id IN (SELECT value FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value))
RETURNING id, workspace_id, label, slots, draining,
          (SELECT COUNT(*) FROM attempts a WHERE a.runner_id = runners.id AND a.ended_at IS NULL) AS live;

-- name: repeated_claims
SELECT id, claim, runner_id, task_id FROM attempts
WHERE ended_at IS NULL AND state = 'leased'
  AND claim IN (SELECT value FROM jsonb_array_elements_text(CAST(:claims AS jsonb)) r (value));

-- name: claim
-- SKIP LOCKED lets servers lease side by side instead of queueing for the same rows. The choice is a materialised
-- CTE because a plan may run a subquery with LIMIT more than once, and so claim more rows than the limit.
WITH chosen AS MATERIALIZED (
    SELECT t.id
    FROM tasks t
    JOIN automations a ON a.id = t.automation_id
    JOIN packages p ON p.id = a.package_id
    JOIN package_versions v ON v.package_id = p.id AND v.version = COALESCE(t.package_version, p.released)
    WHERE t.workspace_id = :workspace_id
      AND t.state = 'queued' AND t.ready = 1
      AND (t.runner_label IS NULL OR t.runner_label = :label)
    ORDER BY t.priority DESC, t.id
    LIMIT :count
    FOR UPDATE OF t SKIP LOCKED)
UPDATE tasks SET state = 'leased', epoch = epoch + 1, ready = 0, updated_at = :now
FROM chosen
WHERE tasks.id = chosen.id AND tasks.state = 'queued'
RETURNING tasks.id;

-- name: lease_details
SELECT t.id AS task_id, t.workspace_id, t.epoch, t.priority, t.parameters, t.interrupted, t.killed,
       a.label AS automation, a.grace_seconds, a.parameters AS declared, v.dialect, v.entry,
       v.version AS package_version, v.digest AS package_digest,
       (SELECT COUNT(*) FROM task_inputs i WHERE i.task_id = t.id) AS inputs,
       (SELECT f.id FROM folders f WHERE f.workspace_id = a.workspace_id AND f.name = a.folder) AS folder_id
FROM tasks t
JOIN automations a ON a.id = t.automation_id
JOIN packages p ON p.id = a.package_id
JOIN package_versions v ON v.package_id = p.id AND v.version = COALESCE(t.package_version, p.released)
WHERE t.id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value))
ORDER BY t.priority DESC, t.id;

-- name: insert_attempts
INSERT INTO attempts (id, workspace_id, task_id, epoch, state, runner_id, claim, secret_hash, dialect,
                      package_version, package_digest, stop, leased_at, lease_until)
SELECT value ->> 'id', CAST(value ->> 'workspace_id' AS bigint), CAST(value ->> 'task_id' AS bigint),
       CAST(value ->> 'epoch' AS bigint), 'leased', value ->> 'runner_id', value ->> 'claim',
       value ->> 'secret_hash', value ->> 'dialect', value ->> 'package_version', value ->> 'package_digest',
       value ->> 'stop', CAST(value ->> 'leased_at' AS bigint), CAST(value ->> 'lease_until' AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS r (value);

-- name: beat
UPDATE attempts SET lease_until = GREATEST(lease_until, :lease_until)
WHERE runner_id = :runner_id AND ended_at IS NULL
  AND id IN (SELECT value FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value))
RETURNING id, stop, dialect, rotate, COALESCE(token_at, leased_at) AS token_at;

-- name: standing
SELECT id, stop, dialect, rotate, COALESCE(token_at, leased_at) AS token_at FROM attempts
WHERE runner_id = :runner_id AND ended_at IS NULL
  AND id IN (SELECT value FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value));

-- name: attempts_to_end
-- Both rows are held: what is decided from them is still true when it is written.
SELECT x.id, x.runner_id, x.workspace_id, x.task_id, x.epoch, x.state, x.dialect, x.stop, x.exit_code, x.message,
       t.state AS task_state, t.epoch AS task_epoch, a.parameters AS declared
FROM attempts x
JOIN tasks t ON t.id = x.task_id
JOIN automations a ON a.id = t.automation_id
WHERE x.id IN (SELECT value FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value))
ORDER BY t.id
FOR UPDATE OF x, t;

-- name: end_attempts
UPDATE attempts
SET state = r.value ->> 'state', ended_at = CAST(r.value ->> 'now' AS bigint),
    exit_code = CAST(r.value ->> 'exit_code' AS bigint), message = r.value ->> 'message'
FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value)
WHERE attempts.id = r.value ->> 'id' AND attempts.ended_at IS NULL;

-- name: end_tasks
UPDATE tasks
SET state = r.value ->> 'state', message = r.value ->> 'message', output = COALESCE(r.value ->> 'output', output),
    finished_at = CAST(r.value ->> 'now' AS bigint), updated_at = CAST(r.value ->> 'now' AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value)
WHERE tasks.id = CAST(r.value ->> 'task_id' AS bigint) AND tasks.epoch = CAST(r.value ->> 'epoch' AS bigint)
  AND tasks.state IN ('leased', 'running');

-- name: keep_outputs
-- A JSON array.
UPDATE tasks SET output = r.value ->> 2, updated_at = CAST(r.value ->> 3 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value)
WHERE tasks.id = CAST(r.value ->> 0 AS bigint) AND tasks.epoch = CAST(r.value ->> 1 AS bigint)
  AND tasks.output IS NULL AND tasks.state IN ('succeeded', 'failed', 'partial', 'cancelled');

-- name: make_ready
-- COALESCE keeps the planner, which may not know yet how many tasks are held, from reading all of them for a few.
UPDATE tasks SET ready = 1, updated_at = :now
WHERE id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value))
  AND COALESCE(state, '') = 'queued' AND COALESCE(ready, 1) = 0 AND (not_before IS NULL OR not_before <= :now);

-- name: finish
-- A parameter that may be NULL needs its type said.
UPDATE tasks
SET state = :state, message = :message, total_items = CAST(:total AS bigint),
    processed_items = CAST(:processed AS bigint), failed_items = CAST(:failed AS bigint),
    output = COALESCE(CAST(:output AS text), output), ready = 0, updated_at = :now,
    finished_at = COALESCE(finished_at, :now)
WHERE id = :task_id AND state = :expected AND epoch = :epoch
RETURNING id;

-- name: expired
-- Two servers that reap at once take different rows.
SELECT x.id, x.workspace_id, x.task_id, x.epoch, x.runner_id, x.stop, t.state AS task_state, t.epoch AS task_epoch,
       t.lost, t.max_attempts, a.on_lost, r.name AS runner
FROM attempts x
JOIN tasks t ON t.id = x.task_id
JOIN automations a ON a.id = t.automation_id
LEFT JOIN runners r ON r.id = x.runner_id
WHERE x.ended_at IS NULL AND x.lease_until < :deadline AND x.runner_id IS NOT NULL
ORDER BY x.lease_until
LIMIT :limit
FOR UPDATE OF x, t SKIP LOCKED;

-- name: held_by_runner
-- Held, so that a reaper that looks at the same moment takes others.
SELECT x.id, x.workspace_id, x.task_id, x.epoch, x.runner_id, x.stop, t.state AS task_state, t.epoch AS task_epoch,
       t.lost, t.max_attempts, a.on_lost, r.name AS runner
FROM attempts x
JOIN tasks t ON t.id = x.task_id
JOIN automations a ON a.id = t.automation_id
LEFT JOIN runners r ON r.id = x.runner_id
WHERE x.runner_id = :runner_id AND x.ended_at IS NULL AND x.leased_at < :now
ORDER BY t.id
FOR UPDATE OF x, t;

-- name: count_by_state
SELECT s.value AS state,
       (SELECT COUNT(*) FROM (SELECT 1 AS one FROM tasks t
                              WHERE t.workspace_id = :workspace_id AND t.state = s.value LIMIT :cap) AS c) AS total
FROM jsonb_array_elements_text(CAST(:states AS jsonb)) s (value);

-- name: prune_logs
DELETE FROM task_logs WHERE task_id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value));

-- name: prune_alerts
DELETE FROM alerts WHERE task_id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value));

-- name: prune_artifacts
DELETE FROM artifacts WHERE task_id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value));

-- name: prune_events
DELETE FROM events
WHERE entity = 'task' AND (workspace_id, entity_id) IN (
    SELECT t.workspace_id, CAST(t.id AS TEXT) FROM tasks t
    WHERE t.id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value)));

-- name: prune_attempts
DELETE FROM attempts WHERE task_id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value));

-- name: prune_tasks
DELETE FROM tasks WHERE id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value));

-- name: hold
-- Locks the task's row, so that a lease given to the next attempt waits for what this one writes.
SELECT t.id FROM tasks t
JOIN attempts a ON a.task_id = t.id AND a.epoch = t.epoch
WHERE t.id = :task_id AND a.id = :attempt AND a.state NOT IN ('lost', 'released')
FOR SHARE OF t;

-- name: insert_inputs
-- A JSON array.
INSERT INTO task_inputs (workspace_id, task_id, parameter, position, url, policy, next_at)
SELECT CAST(value ->> 0 AS bigint), CAST(value ->> 1 AS bigint), value ->> 2, CAST(value ->> 3 AS bigint),
       value ->> 4, value ->> 5, CAST(value ->> 6 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) WITH ORDINALITY AS r (value, n)
ORDER BY n;

-- name: claim_inputs
-- SKIP LOCKED lets servers fetch side by side; materialised because a plan may run a limited subquery more than once.
WITH chosen AS MATERIALIZED (
    SELECT id FROM task_inputs WHERE next_at <= :now ORDER BY next_at, id LIMIT :limit FOR UPDATE SKIP LOCKED)
UPDATE task_inputs SET holder = :holder, next_at = :until, tries = tries + 1
FROM chosen
WHERE task_inputs.id = chosen.id AND task_inputs.next_at <= :now
RETURNING task_inputs.id, task_inputs.workspace_id, task_inputs.task_id, task_inputs.parameter, task_inputs.position,
          task_inputs.url, task_inputs.policy, task_inputs.tries;

-- name: renew_inputs
-- A JSON array.
UPDATE task_inputs SET next_at = :until
WHERE id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) k (value))
  AND holder = :holder AND next_at IS NOT NULL
RETURNING id;

-- name: release_inputs
-- A JSON array.
UPDATE task_inputs SET next_at = :now, holder = NULL, tries = tries - 1
WHERE id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) k (value))
  AND holder = :holder AND next_at IS NOT NULL;

-- name: input_files
-- A JSON array.
SELECT i.task_id, i.parameter, i.position, f.id AS artifact_id, f.name AS file_name, f.digest, f.size
FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) k (value)
JOIN task_inputs i ON i.task_id = CAST(k.value AS bigint)
JOIN artifacts f ON f.id = i.artifact_id
WHERE f.digest IS NOT NULL
ORDER BY i.id;

-- name: find_actions
SELECT automation_id FROM actions
WHERE automation_id IN (SELECT value FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) i (value));

-- name: insert_runs
INSERT INTO action_runs (task_id, workspace_id, action_id, number)
SELECT CAST(value ->> 0 AS bigint), CAST(value ->> 1 AS bigint), CAST(value ->> 2 AS bigint),
       CAST(value ->> 3 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value);
