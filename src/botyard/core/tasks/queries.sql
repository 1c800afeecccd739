-- name: find_automations
-- One read for all tasks of a batch; keys are [workspace id, label] pairs.
SELECT a.id, a.workspace_id, a.label, a.priority, a.max_attempts, a.runner_label, a.parameters,
       CASE WHEN p.released IS NULL THEN 0 ELSE 1 END AS runnable
FROM json_each(:keys) k
JOIN automations a ON a.workspace_id = k.value ->> 0 AND a.label = k.value ->> 1
LEFT JOIN packages p ON p.id = a.package_id;

-- name: labels
SELECT label FROM automations WHERE workspace_id = :workspace_id ORDER BY label LIMIT 1000;

-- name: insert_tasks
INSERT INTO tasks (workspace_id, automation_id, state, priority, parameters, runner_label, max_attempts, test,
                   development, ready, not_before, package_version, created_at, created_by, updated_at, queued_at)
SELECT value ->> 'workspace_id', value ->> 'automation_id', value ->> 'state', value ->> 'priority', value ->> 'parameters',
       value ->> 'runner_label', value ->> 'max_attempts', value ->> 'test',
       value ->> 'development', value ->> 'ready', value ->> 'not_before', value ->> 'package_version',
       value ->> 'now', value ->> 'actor', value ->> 'now', value ->> 'now'
FROM json_each(:rows)
WHERE true
RETURNING id;

-- name: get
SELECT * FROM task_view WHERE workspace_id = :workspace_id AND id = :task_id;

-- name: by_ids
SELECT * FROM task_view WHERE id IN (SELECT value FROM json_each(:ids));

-- name: lock
-- On PostgreSQL this holds the row until the end of the transaction; SQLite has one writer anyway.
SELECT id FROM tasks WHERE workspace_id = :workspace_id AND id = :task_id;

-- name: live_attempt
SELECT id, runner_id, epoch, stop, dialect FROM attempts WHERE task_id = :task_id AND ended_at IS NULL;

-- name: touch_runners
UPDATE runners SET seen_at = :now
WHERE id IN (SELECT value FROM json_each(:ids))
RETURNING id, workspace_id, label, slots, draining,
          (SELECT COUNT(*) FROM attempts a WHERE a.runner_id = runners.id AND a.ended_at IS NULL) AS live;

-- name: repeated_claims
SELECT id, claim, runner_id, task_id FROM attempts
WHERE ended_at IS NULL AND state = 'leased' AND claim IN (SELECT value FROM json_each(:claims));

-- name: renew_credential
UPDATE attempts SET secret_hash = :secret_hash, lease_until = :lease_until
WHERE id = :attempt_id AND state = 'leased';

-- name: claim
UPDATE tasks SET state = 'leased', epoch = epoch + 1, ready = 0, updated_at = :now
WHERE id IN (
    SELECT t.id
    FROM tasks t
    JOIN automations a ON a.id = t.automation_id
    JOIN packages p ON p.id = a.package_id
    JOIN package_versions v ON v.package_id = p.id AND v.version = COALESCE(t.package_version, p.released)
    WHERE t.workspace_id = :workspace_id
      AND t.state = 'queued' AND t.ready = 1
      AND (t.runner_label IS NULL OR t.runner_label = :label)
    ORDER BY t.priority DESC, t.id
    LIMIT :count)
  AND state = 'queued'
RETURNING id;

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
WHERE t.id IN (SELECT value FROM json_each(:ids))
ORDER BY t.priority DESC, t.id;

-- name: insert_attempts
INSERT INTO attempts (id, workspace_id, task_id, epoch, state, runner_id, claim, secret_hash, dialect,
                      package_version, package_digest, stop, leased_at, lease_until)
SELECT value ->> 'id', value ->> 'workspace_id', value ->> 'task_id', value ->> 'epoch', 'leased',
       value ->> 'runner_id', value ->> 'claim', value ->> 'secret_hash', value ->> 'dialect',
       value ->> 'package_version', value ->> 'package_digest', value ->> 'stop', value ->> 'leased_at',
       value ->> 'lease_until'
FROM json_each(:rows);

-- name: start_attempt
UPDATE attempts SET state = 'running', started_at = :now
WHERE id = :attempt_id AND runner_id = :runner_id AND state = 'leased'
RETURNING workspace_id, task_id, epoch;

-- name: find_attempt
SELECT id, runner_id, task_id, epoch, state FROM attempts WHERE id = :attempt_id;

-- name: start_task
UPDATE tasks SET state = 'running', started_at = :now, updated_at = :now
WHERE id = :task_id AND epoch = :epoch AND state = 'leased';

-- name: beat
UPDATE attempts SET lease_until = CASE WHEN lease_until > :lease_until THEN lease_until ELSE :lease_until END
WHERE runner_id = :runner_id AND ended_at IS NULL AND id IN (SELECT value FROM json_each(:ids))
RETURNING id, stop, dialect, rotate, COALESCE(token_at, leased_at) AS token_at;

-- name: standing
SELECT id, stop, dialect, rotate, COALESCE(token_at, leased_at) AS token_at FROM attempts
WHERE runner_id = :runner_id AND ended_at IS NULL AND id IN (SELECT value FROM json_each(:ids));

-- name: ask_rotation
UPDATE attempts SET rotate = 1 WHERE id = :attempt_id AND ended_at IS NULL;

-- name: rotate_token
-- A repeated call replaces what its lost answer held, and keeps the token that the bot still has.
UPDATE attempts
SET old_secret_hash = CASE WHEN rotation_claim = :claim THEN old_secret_hash ELSE secret_hash END,
    old_until = :old_until, secret_hash = :secret_hash, token_at = :now, rotate = 0, rotation_claim = :claim,
    rotation_number = :number
WHERE id = :attempt_id AND runner_id = :runner_id AND ended_at IS NULL
  AND (rotation_claim IS NULL OR rotation_claim <> :claim OR rotation_number < :number)
RETURNING workspace_id, task_id, epoch, dialect;

-- name: attempts_to_end
SELECT x.id, x.runner_id, x.workspace_id, x.task_id, x.epoch, x.state, x.dialect, x.stop, x.exit_code, x.message,
       t.state AS task_state, t.epoch AS task_epoch, a.parameters AS declared
FROM attempts x
JOIN tasks t ON t.id = x.task_id
JOIN automations a ON a.id = t.automation_id
WHERE x.id IN (SELECT value FROM json_each(:ids));

-- name: end_attempts
UPDATE attempts
SET state = r.value ->> 'state', ended_at = r.value ->> 'now', exit_code = r.value ->> 'exit_code',
    message = r.value ->> 'message'
FROM json_each(:rows) r
WHERE attempts.id = r.value ->> 'id' AND attempts.ended_at IS NULL;

-- name: end_tasks
UPDATE tasks
SET state = r.value ->> 'state', message = r.value ->> 'message', output = COALESCE(r.value ->> 'output', output),
    finished_at = r.value ->> 'now', updated_at = r.value ->> 'now'
FROM json_each(:rows) r
WHERE tasks.id = r.value ->> 'task_id' AND tasks.epoch = r.value ->> 'epoch' AND tasks.state IN ('leased', 'running');

-- name: keep_outputs
UPDATE tasks SET output = r.value ->> 2, updated_at = r.value ->> 3
FROM json_each(:rows) r
WHERE tasks.id = r.value ->> 0 AND tasks.epoch = r.value ->> 1 AND tasks.output IS NULL
  AND tasks.state IN ('succeeded', 'failed', 'partial', 'cancelled');

-- name: make_ready
-- A task that was restarted while its process still ran may be leased now that the process has ended.
UPDATE tasks SET ready = 1, updated_at = :now
WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 'queued' AND ready = 0
  AND (not_before IS NULL OR not_before <= :now);

-- name: release_attempt
UPDATE attempts SET state = 'released', ended_at = :now, message = :reason, log_complete = 1
WHERE id = :attempt_id AND runner_id = :runner_id AND ended_at IS NULL
RETURNING workspace_id, task_id, epoch;

-- name: requeue
UPDATE tasks SET state = 'queued', ready = 1, started_at = NULL, queued_at = :now, updated_at = :now, lost = lost + :lost
WHERE id = :task_id AND epoch = :epoch AND state IN ('leased', 'running')
RETURNING id;

-- name: finish
UPDATE tasks
SET state = :state, message = :message, total_items = :total, processed_items = :processed, failed_items = :failed,
    output = COALESCE(:output, output), ready = 0, updated_at = :now,
    finished_at = CASE WHEN finished_at IS NULL THEN :now ELSE finished_at END
WHERE id = :task_id AND state = :expected AND epoch = :epoch
RETURNING id;

-- name: cancel
UPDATE tasks
SET state = 'cancelled', ready = 0, interrupted = 1, finished_at = :now, updated_at = :now, message = :message
WHERE id = :task_id AND state = :expected
RETURNING id;

-- name: flag
UPDATE tasks SET interrupted = 1, killed = CASE WHEN :killed = 1 THEN 1 ELSE killed END, updated_at = :now
WHERE id = :task_id AND state IN ('preparing', 'queued', 'leased', 'running')
RETURNING id;

-- name: stop_attempt
-- A stronger wish replaces a weaker one, never the other way round.
UPDATE attempts SET stop = :stop
WHERE id = :attempt_id AND ended_at IS NULL
  AND (stop IS NULL OR stop = 'interrupt' OR (stop = 'cancel' AND :stop = 'kill'))
RETURNING id;

-- name: restart
UPDATE tasks
SET state = :state, ready = :ready, lost = 0, message = NULL, output = NULL, total_items = NULL,
    processed_items = NULL, failed_items = NULL, interrupted = 0, killed = 0, overdue = 0, started_at = NULL,
    finished_at = NULL, queued_at = :now, updated_at = :now
WHERE id = :task_id AND state = :expected
RETURNING id;

-- name: is_runnable
SELECT 1 AS runnable FROM tasks t
JOIN automations a ON a.id = t.automation_id
JOIN packages p ON p.id = a.package_id
WHERE t.id = :task_id AND p.released IS NOT NULL AND (t.not_before IS NULL OR t.not_before <= :now);

-- name: expired
SELECT x.id, x.workspace_id, x.task_id, x.epoch, x.runner_id, x.stop, t.state AS task_state, t.epoch AS task_epoch,
       t.lost, t.max_attempts, a.on_lost, r.name AS runner
FROM attempts x
JOIN tasks t ON t.id = x.task_id
JOIN automations a ON a.id = t.automation_id
LEFT JOIN runners r ON r.id = x.runner_id
WHERE x.ended_at IS NULL AND x.lease_until < :deadline AND x.runner_id IS NOT NULL
ORDER BY x.lease_until
LIMIT :limit;

-- name: held_by_runner
SELECT x.id, x.workspace_id, x.task_id, x.epoch, x.runner_id, x.stop, t.state AS task_state, t.epoch AS task_epoch,
       t.lost, t.max_attempts, a.on_lost, r.name AS runner
FROM attempts x
JOIN tasks t ON t.id = x.task_id
JOIN automations a ON a.id = t.automation_id
LEFT JOIN runners r ON r.id = x.runner_id
WHERE x.runner_id = :runner_id AND x.ended_at IS NULL AND x.leased_at < :now
ORDER BY t.id;

-- name: lose_attempt
UPDATE attempts SET state = 'lost', ended_at = :now, message = :message, log_complete = 1
WHERE id = :attempt_id AND ended_at IS NULL AND lease_until < :deadline
RETURNING id;

-- name: give_up
UPDATE tasks
SET state = 'failed', message = :message, lost = lost + 1, finished_at = :now, updated_at = :now
WHERE id = :task_id AND epoch = :epoch AND state IN ('leased', 'running')
RETURNING id;

-- name: rebase_leases
UPDATE attempts SET lease_until = :lease_until WHERE ended_at IS NULL AND runner_id IS NOT NULL;

-- name: start_development
UPDATE tasks SET state = 'running', epoch = 1, ready = 0, started_at = :now, updated_at = :now
WHERE id = :task_id AND state = 'queued' AND development = 1;

-- name: insert_development
INSERT INTO attempts (id, workspace_id, task_id, epoch, state, secret_hash, dialect, leased_at, lease_until, started_at)
VALUES (:id, :workspace_id, :task_id, 1, 'running', :secret_hash, :dialect, :now, :until, :now);

-- name: end_development
UPDATE attempts SET state = :state, ended_at = :now, log_complete = 1
WHERE task_id = :task_id AND ended_at IS NULL AND runner_id IS NULL
RETURNING id;

-- name: aged_development
SELECT workspace_id, task_id FROM attempts
WHERE ended_at IS NULL AND runner_id IS NULL AND lease_until <= :now
LIMIT :limit;

-- name: promote_due
UPDATE tasks SET ready = 1
WHERE id IN (
    SELECT t.id
    FROM tasks t
    JOIN automations a ON a.id = t.automation_id
    JOIN packages p ON p.id = a.package_id
    WHERE t.state = 'queued' AND t.ready = 0 AND t.not_before <= :now AND p.released IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM attempts x WHERE x.task_id = t.id AND x.ended_at IS NULL)
    LIMIT :limit)
RETURNING id, workspace_id;

-- name: promote_released
-- Tasks that waited for a first package. One index probe per automation, however many tasks wait.
UPDATE tasks SET ready = 1
WHERE id IN (
    SELECT t.id
    FROM packages p
    JOIN automations a ON a.package_id = p.id
    JOIN tasks t ON t.automation_id = a.id AND t.state = 'queued' AND t.ready = 0
    WHERE p.released IS NOT NULL AND t.not_before IS NULL
      AND NOT EXISTS (SELECT 1 FROM attempts x WHERE x.task_id = t.id AND x.ended_at IS NULL)
    LIMIT :limit)
RETURNING id, workspace_id;

-- name: attempts_of
SELECT x.id, x.task_id, x.epoch, x.state, x.runner_id, r.name AS runner, x.dialect, x.package_version,
       x.package_digest, x.stop, x.leased_at, x.lease_until, x.started_at, x.ended_at, x.exit_code, x.message,
       x.log_lines, x.log_bytes, x.log_dropped, x.log_complete
FROM attempts x
LEFT JOIN runners r ON r.id = x.runner_id
WHERE x.workspace_id = :workspace_id AND x.task_id = :task_id
ORDER BY x.epoch DESC
LIMIT :limit;

-- name: attempts_by_runner
SELECT x.id, x.task_id, x.epoch, x.state, x.runner_id, r.name AS runner, x.dialect, x.package_version,
       x.package_digest, x.stop, x.leased_at, x.lease_until, x.started_at, x.ended_at, x.exit_code, x.message,
       x.log_lines, x.log_bytes, x.log_dropped, x.log_complete
FROM attempts x
LEFT JOIN runners r ON r.id = x.runner_id
WHERE x.runner_id = :runner_id AND x.workspace_id = :workspace_id
ORDER BY x.task_id DESC, x.epoch DESC
LIMIT :limit;

-- name: count_by_runner
SELECT recent.state, COUNT(*) AS total
FROM (SELECT state, leased_at FROM attempts
      WHERE runner_id = :runner_id AND workspace_id = :workspace_id ORDER BY task_id DESC LIMIT :cap) AS recent
WHERE recent.leased_at >= :since
GROUP BY recent.state;

-- name: count_by_state
SELECT s.value AS state,
       (SELECT COUNT(*) FROM (SELECT 1 AS one FROM tasks t
                              WHERE t.workspace_id = :workspace_id AND t.state = s.value LIMIT :cap) AS c) AS total
FROM json_each(:states) s;

-- name: finished_by_hour
SELECT (finished_at - :since) / :bucket AS bucket, state, COUNT(*) AS total
FROM (SELECT finished_at, state FROM tasks
      WHERE workspace_id = :workspace_id AND finished_at >= :since ORDER BY finished_at DESC LIMIT :cap) AS recent
GROUP BY 1, 2;

-- name: newest_id
SELECT COALESCE(MAX(id), 0) AS id FROM tasks WHERE workspace_id = :workspace_id;

-- name: next_created
SELECT id, created_at FROM tasks WHERE workspace_id = :workspace_id AND id >= :task_id ORDER BY id LIMIT 1;

-- name: waiting_facts
SELECT t.state, t.ready, t.not_before, t.runner_label, t.priority, t.automation_id, a.label AS automation,
       p.released, (SELECT COUNT(*) FROM attempts x WHERE x.task_id = t.id AND x.ended_at IS NULL) AS live
FROM tasks t
JOIN automations a ON a.id = t.automation_id
LEFT JOIN packages p ON p.id = a.package_id
WHERE t.workspace_id = :workspace_id AND t.id = :task_id;

-- name: waiting_runners
SELECT r.id, r.name, r.label, r.slots, r.draining, r.seen_at,
       (SELECT COUNT(*) FROM attempts x WHERE x.runner_id = r.id AND x.ended_at IS NULL) AS live
FROM runners r
WHERE r.workspace_id = :workspace_id AND r.seen_at >= :since
ORDER BY r.seen_at DESC
LIMIT 50;

-- name: ahead_in_line
SELECT COUNT(*) AS total
FROM (SELECT 1 AS one FROM tasks
      WHERE workspace_id = :workspace_id AND state = 'queued' AND ready = 1
        AND (priority > :priority OR (priority = :priority AND id < :task_id))
      LIMIT 1000) AS c;

-- name: prunable
SELECT id FROM tasks
WHERE finished_at IS NOT NULL AND finished_at < :before
  AND NOT EXISTS (SELECT 1 FROM attempts x WHERE x.task_id = tasks.id AND x.ended_at IS NULL)
ORDER BY finished_at
LIMIT :limit;

-- name: prune_logs
DELETE FROM task_logs WHERE task_id IN (SELECT value FROM json_each(:ids));

-- name: prune_alerts
DELETE FROM alerts WHERE task_id IN (SELECT value FROM json_each(:ids));

-- name: prune_artifacts
DELETE FROM artifacts WHERE task_id IN (SELECT value FROM json_each(:ids));

-- name: prune_events
DELETE FROM events
WHERE entity = 'task' AND (workspace_id, entity_id) IN (
    SELECT t.workspace_id, CAST(t.id AS TEXT) FROM tasks t WHERE t.id IN (SELECT value FROM json_each(:ids)));

-- name: prune_attempts
DELETE FROM attempts WHERE task_id IN (SELECT value FROM json_each(:ids));

-- name: prune_tasks
DELETE FROM tasks WHERE id IN (SELECT value FROM json_each(:ids));

-- name: attempt_of_runner
SELECT id, workspace_id, task_id, epoch FROM attempts
WHERE id = :attempt_id AND runner_id = :runner_id AND ended_at IS NULL;

-- name: hold
-- The newest attempt of a task, unless it was replaced.
SELECT t.id FROM tasks t
JOIN attempts a ON a.task_id = t.id AND a.epoch = t.epoch
WHERE t.id = :task_id AND a.id = :attempt AND a.state NOT IN ('lost', 'released');

-- name: insert_inputs
INSERT INTO task_inputs (workspace_id, task_id, parameter, position, url, policy, next_at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
FROM json_each(:rows);

-- name: give_input
INSERT INTO task_inputs (workspace_id, task_id, parameter, position, url, artifact_id)
SELECT workspace_id, task_id, CAST(:parameter AS TEXT), CAST(:position AS INTEGER), '', id FROM artifacts
WHERE id = :artifact_id AND task_id = :task_id AND workspace_id = :workspace_id AND digest IS NOT NULL
RETURNING id;

-- name: claim_inputs
UPDATE task_inputs SET holder = :holder, next_at = :until, tries = tries + 1
WHERE id IN (SELECT id FROM task_inputs WHERE next_at <= :now ORDER BY next_at, id LIMIT :limit)
  AND next_at <= :now
RETURNING id, workspace_id, task_id, parameter, position, url, policy, tries;

-- name: inputs_due
SELECT id FROM task_inputs WHERE next_at <= :now LIMIT 1;

-- name: renew_inputs
UPDATE task_inputs SET next_at = :until
WHERE id IN (SELECT value FROM json_each(:ids)) AND holder = :holder AND next_at IS NOT NULL
RETURNING id;

-- name: release_inputs
UPDATE task_inputs SET next_at = :now, holder = NULL, tries = tries - 1
WHERE id IN (SELECT value FROM json_each(:ids)) AND holder = :holder AND next_at IS NOT NULL;

-- name: held_input
SELECT workspace_id, task_id, parameter, position FROM task_inputs
WHERE id = :input_id AND holder = :holder AND next_at IS NOT NULL;

-- name: store_input
UPDATE task_inputs SET artifact_id = :artifact_id, next_at = NULL, holder = NULL, error = NULL
WHERE id = :input_id AND holder = :holder AND next_at IS NOT NULL
RETURNING id;

-- name: postpone_input
UPDATE task_inputs SET next_at = :retry_at, holder = NULL, error = :reason
WHERE id = :input_id AND holder = :holder AND next_at IS NOT NULL
RETURNING id;

-- name: close_inputs
UPDATE task_inputs SET next_at = NULL, holder = NULL WHERE task_id = :task_id AND next_at IS NOT NULL;

-- name: reopen_inputs
UPDATE task_inputs SET next_at = :now, tries = 0, holder = NULL, error = NULL
WHERE task_id = :task_id AND artifact_id IS NULL
RETURNING id;

-- name: missing_inputs
SELECT COUNT(*) AS total FROM task_inputs WHERE task_id = :task_id AND artifact_id IS NULL;

-- name: prepared
UPDATE tasks SET state = 'queued', ready = :ready, queued_at = :now, updated_at = :now
WHERE id = :task_id AND state = 'preparing'
RETURNING id;

-- name: fail_preparing
UPDATE tasks SET state = 'failed', message = :message, finished_at = :now, updated_at = :now
WHERE id = :task_id AND state = 'preparing'
RETURNING id;

-- name: stuck_preparing
SELECT t.id, t.workspace_id FROM tasks t
WHERE t.state = 'preparing'
  AND NOT EXISTS (SELECT 1 FROM task_inputs i WHERE i.task_id = t.id AND i.next_at IS NOT NULL)
ORDER BY t.id
LIMIT :limit;

-- name: inputs_of
SELECT i.parameter, i.position, i.tries, i.next_at, i.error, f.id AS artifact_id, f.file_name, f.digest, f.size
FROM task_inputs i
LEFT JOIN artifacts f ON f.id = i.artifact_id
WHERE i.workspace_id = :workspace_id AND i.task_id = :task_id
ORDER BY i.id
LIMIT :limit;

-- name: input_files
SELECT i.task_id, i.parameter, i.position, f.id AS artifact_id, f.name AS file_name, f.digest, f.size
FROM json_each(:ids) k
JOIN task_inputs i ON i.task_id = k.value
JOIN artifacts f ON f.id = i.artifact_id
WHERE f.digest IS NOT NULL
ORDER BY i.id;

-- name: input_of_attempt
-- A file may be read as long as an attempt that was given it holds its task.
SELECT f.file_name, f.digest, f.size, f.media_type
FROM attempts x
JOIN task_inputs i ON i.task_id = x.task_id
JOIN artifacts f ON f.id = i.artifact_id
WHERE x.id = :attempt_id AND x.runner_id = :runner_id AND x.ended_at IS NULL
  AND f.id = :artifact_id AND f.digest IS NOT NULL
LIMIT 1;

-- name: find_actions
SELECT automation_id FROM actions WHERE automation_id IN (SELECT value FROM json_each(:ids));

-- name: count_runs
UPDATE actions SET runs = runs + :count WHERE automation_id = :automation_id RETURNING id, runs;

-- name: insert_runs
INSERT INTO action_runs (task_id, workspace_id, action_id, number)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(:rows);
