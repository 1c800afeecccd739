-- name: insert
INSERT INTO schedules (workspace_id, automation_id, name, cron, once_at, timezone, overlap, catch_up, catch_up_cap,
                       strategy, parameters, priority, active, next_at, created_at, created_by, updated_at)
SELECT :workspace_id, a.id, CAST(:name AS TEXT), CAST(:cron AS TEXT), CAST(:once_at AS BIGINT), CAST(:timezone AS TEXT),
       CAST(:overlap AS TEXT), CAST(:catch_up AS TEXT), :catch_up_cap, CAST(:strategy AS TEXT),
       CAST(:parameters AS TEXT), CAST(:priority AS BIGINT), :active, CAST(:next_at AS BIGINT), :now,
       CAST(:actor AS TEXT), :now
FROM automations a
WHERE a.workspace_id = :workspace_id AND a.label = :automation
RETURNING id;

-- name: get
SELECT s.id, s.workspace_id, s.automation_id, a.label AS automation, a.name AS automation_name, a.folder, s.name,
       s.cron, s.once_at, s.timezone, s.overlap, s.catch_up, s.catch_up_cap, s.strategy, s.parameters, s.priority,
       s.active, s.error, s.next_at, s.last_at, s.last_task_id, s.created_at, s.created_by, s.updated_at
FROM schedules s
JOIN automations a ON a.id = s.automation_id
WHERE s.workspace_id = :workspace_id AND s.id = :schedule_id;

-- name: lock
SELECT id FROM schedules WHERE workspace_id = :workspace_id AND id = :schedule_id;

-- name: update
UPDATE schedules
SET name = :name, cron = :cron, once_at = :once_at, timezone = :timezone, overlap = :overlap, catch_up = :catch_up,
    catch_up_cap = :catch_up_cap, strategy = :strategy, parameters = :parameters, priority = :priority,
    active = :active, next_at = :next_at, error = NULL, updated_at = :now,
    automation_id = (SELECT a.id FROM automations a WHERE a.workspace_id = :workspace_id AND a.label = :automation)
WHERE workspace_id = :workspace_id AND id = :schedule_id
RETURNING id;

-- name: delete
DELETE FROM schedules WHERE workspace_id = :workspace_id AND id = :schedule_id RETURNING id;

-- name: due
-- Only those whose time has come, oldest first; the partial index holds nothing else.
SELECT s.id, s.workspace_id, s.next_at
FROM schedules s
WHERE s.active = 1 AND s.next_at IS NOT NULL AND s.next_at <= :now
ORDER BY s.next_at
LIMIT :limit;

-- name: advance
-- The expected time is repeated: of two servers that fire at once, one finds no row.
UPDATE schedules
SET next_at = :next_at, active = CASE WHEN CAST(:next_at AS BIGINT) IS NULL THEN 0 ELSE active END
WHERE id = :schedule_id AND active = 1 AND next_at = :expected
RETURNING id;

-- name: started
UPDATE schedules SET last_at = :due_at, last_task_id = :task_id WHERE id = :schedule_id;

-- name: quarantine
UPDATE schedules SET active = 0, next_at = NULL, error = :error WHERE id = :schedule_id;

-- name: insert_firing
INSERT INTO schedule_firings (schedule_id, due_at, verdict, task_id, reason, fired_at)
VALUES (:schedule_id, :due_at, :verdict, :task_id, :reason, :now)
ON CONFLICT DO NOTHING
RETURNING due_at;

-- name: skip
UPDATE schedule_firings SET verdict = 'skipped', reason = :reason
WHERE schedule_id = :schedule_id AND due_at = :due_at;

-- name: set_task
UPDATE schedule_firings SET task_id = :task_id WHERE schedule_id = :schedule_id AND due_at = :due_at;

-- name: unfinished
SELECT t.id FROM tasks t
WHERE t.workspace_id = :workspace_id AND t.automation_id = :automation_id AND t.finished_at IS NULL
  AND t.created_by = :actor
ORDER BY t.id
LIMIT 100;

-- name: firings_of
SELECT f.schedule_id, f.due_at, f.verdict, f.task_id, f.reason, f.fired_at
FROM schedule_firings f
JOIN schedules s ON s.id = f.schedule_id
WHERE s.workspace_id = :workspace_id AND f.schedule_id = :schedule_id
ORDER BY f.due_at DESC
LIMIT :limit;

-- name: prune
DELETE FROM schedule_firings
WHERE (schedule_id, due_at) IN (
    SELECT schedule_id, due_at FROM schedule_firings WHERE fired_at < :before ORDER BY fired_at LIMIT :limit);
