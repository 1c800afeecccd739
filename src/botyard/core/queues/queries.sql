-- name: find
SELECT * FROM queues WHERE workspace_id = :workspace_id AND label = :label AND deleted_at IS NULL;

-- name: label_used
SELECT deleted_at FROM queues WHERE workspace_id = :workspace_id AND label = :label;

-- name: labels
SELECT label FROM queues WHERE workspace_id = :workspace_id AND deleted_at IS NULL ORDER BY label LIMIT :limit;

-- name: find_queues
-- One read for all calls of a batch; keys are [workspace id, label] pairs.
SELECT q.*
FROM json_each(:keys) k
JOIN queues q ON q.workspace_id = k.value ->> 0 AND q.label = k.value ->> 1
WHERE q.deleted_at IS NULL;

-- name: queues_by_id
SELECT * FROM queues WHERE id IN (SELECT value FROM json_each(:ids));

-- name: lock_queues
-- On PostgreSQL this holds the rows until the end of the transaction; SQLite has one writer anyway.
SELECT id, active, abort_on_error, max_errors, consecutive_errors, label, workspace_id
FROM queues WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id;

-- name: insert_queue
INSERT INTO queues (workspace_id, label, name, folder, automation, policy, trigger, auto_retry, max_retries,
                    retry_delay_seconds, retry_business, abort_on_error, max_errors, time_limit_on, time_limit_minutes,
                    lease_seconds, unique_scope, schema, active, created_at, updated_at)
VALUES (:workspace_id, :label, :name, :folder, :automation, :policy, :trigger, :auto_retry, :max_retries,
        :retry_delay_seconds, :retry_business, :abort_on_error, :max_errors, :time_limit_on, :time_limit_minutes,
        :lease_seconds, :unique_scope, :schema, :active, :now, :now)
RETURNING *;

-- name: update_queue
UPDATE queues
SET name = :name, folder = :folder, automation = :automation, policy = :policy, trigger = :trigger,
    auto_retry = :auto_retry, max_retries = :max_retries, retry_delay_seconds = :retry_delay_seconds,
    retry_business = :retry_business, abort_on_error = :abort_on_error, max_errors = :max_errors,
    consecutive_errors = :consecutive_errors, time_limit_on = :time_limit_on, time_limit_minutes = :time_limit_minutes,
    lease_seconds = :lease_seconds, unique_scope = :unique_scope, schema = :schema, active = :active, updated_at = :now
WHERE id = :id AND deleted_at IS NULL
RETURNING *;

-- name: delete_queue
UPDATE queues SET deleted_at = :now, updated_at = :now, active = 0 WHERE id = :id AND deleted_at IS NULL RETURNING id;

-- name: set_errors
UPDATE queues SET consecutive_errors = :consecutive_errors, active = :active WHERE id = :id;

-- name: automation_exists
SELECT 1 AS found FROM automations WHERE workspace_id = :workspace_id AND label = :label;

-- name: automation_active
-- Whether a task of the automation waits or runs. COALESCE keeps planners on the index by state: the one by
-- automation leads through its whole history.
SELECT 1 AS found
FROM automations a
JOIN tasks t ON t.workspace_id = a.workspace_id AND t.state IN ('preparing', 'queued', 'leased', 'running')
WHERE a.workspace_id = :workspace_id AND a.label = :label AND COALESCE(t.automation_id, '') = a.id
LIMIT 1;

-- name: insert_items
INSERT INTO items (workspace_id, queue_id, state, ready, priority, created_at, available_at, parent_id, retry_index,
                   recoveries, created_by, unique_key, display_value, reference, content)
SELECT value ->> 0, value ->> 1, 'pending', value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
       value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13
FROM json_each(:rows)
WHERE true
RETURNING id;

-- name: existing_keys
-- The newest item of each key; `value` is [queue id, key, whether items that have ended count].
SELECT i.queue_id, i.unique_key, MAX(i.id) AS id
FROM json_each(:keys) k
JOIN items i ON i.queue_id = k.value ->> 0 AND i.unique_key = k.value ->> 1
WHERE k.value ->> 2 = 1 OR i.state IN ('pending', 'processing')
GROUP BY i.queue_id, i.unique_key;

-- name: add_counts
INSERT INTO queue_counts (queue_id, state, total, duration)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(:rows)
WHERE true
ON CONFLICT (queue_id, state) DO UPDATE
SET total = queue_counts.total + excluded.total, duration = queue_counts.duration + excluded.duration;

-- name: add_hours
INSERT INTO queue_hours (queue_id, hour, state, kind, total)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(:rows)
WHERE true
ON CONFLICT (queue_id, hour, state, kind) DO UPDATE SET total = queue_hours.total + excluded.total;

-- name: first_oldest
SELECT * FROM items
WHERE queue_id = :queue_id AND state = 'pending' AND ready = 1
ORDER BY priority DESC, id
LIMIT :count;

-- name: top_priority
SELECT priority FROM items
WHERE queue_id = :queue_id AND state = 'pending' AND ready = 1 AND priority < :below
ORDER BY priority DESC
LIMIT 1;

-- name: first_newest
SELECT * FROM items
WHERE queue_id = :queue_id AND state = 'pending' AND ready = 1 AND priority = :priority
ORDER BY id DESC
LIMIT :count;

-- name: take
UPDATE items
SET state = 'processing', ready = 0, epoch = epoch + 1, started_at = r.value ->> 1, lease_until = r.value ->> 2,
    time_limit_at = r.value ->> 3, task_id = r.value ->> 4, attempt_id = r.value ->> 5, holder = r.value ->> 6,
    runner = r.value ->> 7, claim = r.value ->> 8
FROM json_each(:rows) r
WHERE items.id = r.value ->> 0 AND items.state = 'pending' AND items.ready = 1;

-- name: repeated_claims
SELECT * FROM items
WHERE state = 'processing' AND claim IN (SELECT value FROM json_each(:claims));

-- name: attempts
-- The attempts among `ids` that may work on items: live, or ended normally since `since`, and their tasks' newest.
SELECT x.id, x.task_id, x.workspace_id, r.name AS runner, a.uses,
       CASE WHEN x.ended_at IS NULL THEN 1 ELSE 0 END AS live
FROM attempts x
JOIN tasks t ON t.id = x.task_id AND t.epoch = x.epoch
JOIN automations a ON a.id = t.automation_id
LEFT JOIN runners r ON r.id = x.runner_id
WHERE x.id IN (SELECT value FROM json_each(:ids))
  AND x.state NOT IN ('lost', 'released') AND (x.ended_at IS NULL OR x.ended_at > :since);

-- name: get_item
SELECT i.*, q.label AS queue
FROM items i
JOIN queues q ON q.id = i.queue_id
WHERE i.workspace_id = :workspace_id AND i.id = :item_id AND q.deleted_at IS NULL;

-- name: items_by_id
SELECT * FROM items WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id;

-- name: lock_items
-- On PostgreSQL this holds the rows: what is decided from them is still true when it is written.
SELECT * FROM items WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id;

-- name: known_tasks
SELECT id, workspace_id FROM tasks WHERE id IN (SELECT value FROM json_each(:ids));

-- name: end_items
UPDATE items
SET state = r.value ->> 2, finished_at = r.value ->> 3, error_kind = r.value ->> 4, message = r.value ->> 5,
    result = r.value ->> 6, lease_until = NULL, ready = 0
FROM json_each(:rows) r
WHERE items.id = r.value ->> 0 AND items.state = r.value ->> 1 AND items.epoch = r.value ->> 7;

-- name: edit_items
UPDATE items
SET content = r.value ->> 2, priority = r.value ->> 3, unique_key = r.value ->> 4, display_value = r.value ->> 5,
    task_id = r.value ->> 6, message = r.value ->> 7
FROM json_each(:rows) r
WHERE items.id = r.value ->> 0 AND items.state = r.value ->> 1;

-- name: link_children
UPDATE items SET child_id = r.value ->> 1
FROM json_each(:rows) r
WHERE items.id = r.value ->> 0 AND items.child_id IS NULL;

-- name: renumber_children
UPDATE items SET retry_index = r.value ->> 1, recoveries = r.value ->> 2
FROM json_each(:rows) r
WHERE items.id = r.value ->> 0 AND items.state = 'pending';

-- name: release_items
UPDATE items
SET state = 'pending', ready = 1, started_at = NULL, lease_until = NULL, time_limit_at = NULL, task_id = NULL,
    attempt_id = NULL, holder = NULL, runner = NULL, claim = NULL
FROM json_each(:rows) r
WHERE items.id = r.value ->> 0 AND items.state = 'processing' AND items.epoch = r.value ->> 1;

-- name: unlink_child
UPDATE items SET child_id = NULL WHERE child_id = :item_id AND id = :parent_id;

-- name: unlink_parent
UPDATE items SET parent_id = NULL WHERE parent_id = :item_id;

-- name: delete_item
DELETE FROM items WHERE id = :item_id AND state = :expected;

-- name: promote
UPDATE items SET ready = 1
WHERE id IN (SELECT id FROM items WHERE state = 'pending' AND ready = 0 AND available_at <= :now
             ORDER BY available_at LIMIT :limit)
  AND state = 'pending' AND ready = 0
RETURNING queue_id;

-- name: over_limit
SELECT * FROM items WHERE state = 'processing' AND time_limit_at <= :now ORDER BY time_limit_at LIMIT :limit;

-- name: lease_over
SELECT * FROM items WHERE state = 'processing' AND lease_until <= :now ORDER BY lease_until LIMIT :limit;

-- name: holders_gone
-- Items whose attempt was lost, ended longer ago than the grace, or is not its task's newest any more.
SELECT i.*
FROM items i
LEFT JOIN attempts x ON x.id = i.attempt_id
LEFT JOIN tasks t ON t.id = x.task_id
WHERE i.state = 'processing' AND i.attempt_id IS NOT NULL
  AND (x.id IS NULL OR x.state IN ('lost', 'released') OR x.ended_at <= :since OR t.epoch > x.epoch)
LIMIT :limit;

-- name: rebase_limits
UPDATE items SET time_limit_at = :until WHERE state = 'processing' AND time_limit_at < :until;

-- name: rebase_leases
UPDATE items SET lease_until = :until WHERE state = 'processing' AND lease_until < :until;

-- name: counts
SELECT queue_id, state, total, duration FROM queue_counts WHERE queue_id IN (SELECT value FROM json_each(:ids));

-- name: hours
SELECT hour, state, kind, total FROM queue_hours
WHERE queue_id = :queue_id AND hour >= :since AND total > 0 AND state <> 'pending'
ORDER BY hour, state, kind
LIMIT 10000;

-- name: flow
-- Rows of the state pending count what came in.
SELECT queue_id, hour, state, kind, total FROM queue_hours
WHERE queue_id IN (SELECT value FROM json_each(:ids)) AND hour >= :since AND total <> 0
ORDER BY queue_id, hour, state, kind
LIMIT 20000;

-- name: ages
-- The oldest pending items by age; a bucket is the number of limits that an item is older than.
SELECT bucket, COUNT(*) AS total
FROM (SELECT CASE WHEN created_at > :minute THEN 0 WHEN created_at > :ten_minutes THEN 1 WHEN created_at > :hour THEN 2
                  WHEN created_at > :day THEN 3 WHEN created_at > :week THEN 4 ELSE 5 END AS bucket
      FROM items WHERE queue_id = :queue_id AND state = 'pending' ORDER BY id LIMIT :cap) AS oldest
GROUP BY bucket;

-- name: of_task
SELECT i.*, q.label AS queue
FROM items i
JOIN queues q ON q.id = i.queue_id
WHERE i.task_id = :task_id AND i.workspace_id = :workspace_id AND q.deleted_at IS NULL
ORDER BY i.id DESC
LIMIT :limit;

-- name: oldest_pending
SELECT created_at FROM items WHERE queue_id = :queue_id AND state = 'pending' ORDER BY id LIMIT 1;

-- name: failures
SELECT message, error_kind, COUNT(*) AS total, MAX(id) AS newest_id
FROM (SELECT id, COALESCE(message, '') AS message, error_kind FROM items
      WHERE queue_id = :queue_id AND state = 'error' ORDER BY id DESC LIMIT :window) AS newest
GROUP BY message, error_kind
ORDER BY total DESC, newest_id DESC
LIMIT :limit;

-- name: view_oldest
SELECT i.*
FROM (SELECT id FROM items WHERE queue_id = :queue_id ORDER BY id LIMIT :limit OFFSET :offset) AS chosen
JOIN items i ON i.id = chosen.id
ORDER BY i.id;

-- name: view_newest
SELECT i.*
FROM (SELECT id FROM items WHERE queue_id = :queue_id ORDER BY id DESC LIMIT :limit OFFSET :offset) AS chosen
JOIN items i ON i.id = chosen.id
ORDER BY i.id DESC;

-- name: newest_id
SELECT COALESCE(MAX(id), 0) AS id FROM items WHERE queue_id = :queue_id;

-- name: chain
-- Up to the first ancestor, then down; a chain is as long as the retries and recoveries allow.
WITH RECURSIVE up (id, parent_id, depth) AS (
    SELECT id, parent_id, 0 FROM items WHERE id = :item_id
    UNION ALL
    SELECT p.id, p.parent_id, up.depth + 1 FROM up JOIN items p ON p.id = up.parent_id WHERE up.depth < :limit
), down (id, depth) AS (
    SELECT id, 0 FROM (SELECT id FROM up ORDER BY depth DESC LIMIT 1) AS first
    UNION ALL
    SELECT c.id, down.depth + 1 FROM down JOIN items c ON c.parent_id = down.id WHERE down.depth < :limit
)
SELECT i.* FROM down JOIN items i ON i.id = down.id ORDER BY down.depth;

-- name: prunable
SELECT i.id, i.queue_id, i.state, i.started_at, i.finished_at
FROM (SELECT id FROM items WHERE queue_id = :queue_id AND state = :state ORDER BY id LIMIT :limit) AS oldest
JOIN items i ON i.id = oldest.id
WHERE i.finished_at < :before
  AND (i.child_id IS NULL OR NOT EXISTS (SELECT 1 FROM items c WHERE c.id = i.child_id AND c.finished_at IS NULL));

-- name: all_queues
SELECT id FROM queues ORDER BY id;

-- name: prune_children
UPDATE items SET child_id = NULL WHERE id IN (
    SELECT d.parent_id FROM items d WHERE d.id IN (SELECT value FROM json_each(:ids)) AND d.parent_id IS NOT NULL);

-- name: prune_parents
UPDATE items SET parent_id = NULL WHERE parent_id IN (SELECT value FROM json_each(:ids));

-- name: prune_items
DELETE FROM items WHERE id IN (SELECT value FROM json_each(:ids));
