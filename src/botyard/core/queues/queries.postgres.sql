-- name: find_queues
-- PostgreSQL has its own functions to read a JSON array; the same in every statement below that takes one.
SELECT q.*
FROM jsonb_array_elements(CAST(:keys AS jsonb)) k (value)
JOIN queues q ON q.workspace_id = CAST(k.value ->> 0 AS bigint) AND q.label = k.value ->> 1
WHERE q.deleted_at IS NULL;

-- name: queues_by_id
-- A JSON array.
SELECT * FROM queues
WHERE id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value));

-- name: lock_queues
-- A JSON array, and row locks: errors in a row are counted one transaction after the other.
SELECT id, active, abort_on_error, max_errors, consecutive_errors, label, workspace_id
FROM queues
WHERE id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value))
ORDER BY id
FOR NO KEY UPDATE;

-- name: insert_items
-- The order of the array is the order of the ids.
INSERT INTO items (workspace_id, queue_id, state, ready, priority, created_at, available_at, parent_id, retry_index,
                   recoveries, created_by, unique_key, display_value, reference, content)
SELECT CAST(value ->> 0 AS bigint), CAST(value ->> 1 AS bigint), 'pending', CAST(value ->> 2 AS smallint),
       CAST(value ->> 3 AS bigint), CAST(value ->> 4 AS bigint), CAST(value ->> 5 AS bigint),
       CAST(value ->> 6 AS bigint), CAST(value ->> 7 AS bigint), CAST(value ->> 8 AS bigint), value ->> 9,
       value ->> 10, value ->> 11, value ->> 12, value ->> 13
FROM jsonb_array_elements(CAST(:rows AS jsonb)) WITH ORDINALITY AS r (value, n)
ORDER BY n
RETURNING id;

-- name: existing_keys
-- A JSON array.
SELECT i.queue_id, i.unique_key, MAX(i.id) AS id
FROM jsonb_array_elements(CAST(:keys AS jsonb)) k (value)
JOIN items i ON i.queue_id = CAST(k.value ->> 0 AS bigint) AND i.unique_key = k.value ->> 1
WHERE k.value ->> 2 = '1' OR i.state IN ('pending', 'processing')
GROUP BY i.queue_id, i.unique_key;

-- name: add_counts
-- A JSON array, in its order, so that two transactions lock the rows in one order.
INSERT INTO queue_counts (queue_id, state, total, duration)
SELECT CAST(value ->> 0 AS bigint), value ->> 1, CAST(value ->> 2 AS bigint), CAST(value ->> 3 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) WITH ORDINALITY AS r (value, n)
ORDER BY n
ON CONFLICT (queue_id, state) DO UPDATE
SET total = queue_counts.total + excluded.total, duration = queue_counts.duration + excluded.duration;

-- name: add_hours
-- A JSON array, in its order, so that two transactions lock the rows in one order.
INSERT INTO queue_hours (queue_id, hour, state, kind, total)
SELECT CAST(value ->> 0 AS bigint), CAST(value ->> 1 AS bigint), value ->> 2, value ->> 3, CAST(value ->> 4 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) WITH ORDINALITY AS r (value, n)
ORDER BY n
ON CONFLICT (queue_id, hour, state, kind) DO UPDATE SET total = queue_hours.total + excluded.total;

-- name: first_oldest
-- SKIP LOCKED lets servers pull side by side instead of queueing for the same rows; a row stays locked until it is
-- taken by the next statement.
SELECT * FROM items
WHERE queue_id = :queue_id AND state = 'pending' AND ready = 1
ORDER BY priority DESC, id
LIMIT :count
FOR UPDATE SKIP LOCKED;

-- name: first_newest
-- As first_oldest.
SELECT * FROM items
WHERE queue_id = :queue_id AND state = 'pending' AND ready = 1 AND priority = :priority
ORDER BY id DESC
LIMIT :count
FOR UPDATE SKIP LOCKED;

-- name: take
-- A JSON array. COALESCE keeps the planner, which may not know yet how many items wait, from reading all of them
-- through the index of what is ready; the ids are the way to the rows. The same in the statements below.
UPDATE items
SET state = 'processing', ready = 0, epoch = epoch + 1, started_at = CAST(r.value ->> 1 AS bigint),
    lease_until = CAST(r.value ->> 2 AS bigint), time_limit_at = CAST(r.value ->> 3 AS bigint),
    task_id = CAST(r.value ->> 4 AS bigint), attempt_id = r.value ->> 5, holder = r.value ->> 6,
    runner = r.value ->> 7, claim = r.value ->> 8
FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value)
WHERE items.id = CAST(r.value ->> 0 AS bigint) AND COALESCE(items.state, '') = 'pending' AND COALESCE(items.ready, 0) = 1;

-- name: repeated_claims
-- A JSON array.
SELECT * FROM items
WHERE state = 'processing'
  AND claim IN (SELECT value FROM jsonb_array_elements_text(CAST(:claims AS jsonb)) r (value));

-- name: attempts
-- A JSON array.
SELECT x.id, x.task_id, x.workspace_id, r.name AS runner, a.uses,
       CASE WHEN x.ended_at IS NULL THEN 1 ELSE 0 END AS live
FROM attempts x
JOIN tasks t ON t.id = x.task_id AND t.epoch = x.epoch
JOIN automations a ON a.id = t.automation_id
LEFT JOIN runners r ON r.id = x.runner_id
WHERE x.id IN (SELECT value FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) s (value))
  AND x.state NOT IN ('lost', 'released') AND (x.ended_at IS NULL OR x.ended_at > :since);

-- name: items_by_id
-- A JSON array.
SELECT * FROM items
WHERE id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value))
ORDER BY id;

-- name: lock_items
-- A JSON array, and row locks, always in the order of the ids.
SELECT * FROM items
WHERE id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value))
ORDER BY id
FOR UPDATE;

-- name: known_tasks
-- A JSON array.
SELECT id, workspace_id FROM tasks
WHERE id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value));

-- name: end_items
-- A JSON array.
UPDATE items
SET state = r.value ->> 2, finished_at = CAST(r.value ->> 3 AS bigint), error_kind = r.value ->> 4,
    message = r.value ->> 5, result = r.value ->> 6, lease_until = NULL, ready = 0
FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value)
WHERE items.id = CAST(r.value ->> 0 AS bigint) AND items.state = r.value ->> 1
  AND items.epoch = CAST(r.value ->> 7 AS bigint);

-- name: edit_items
-- A JSON array.
UPDATE items
SET content = r.value ->> 2, priority = CAST(r.value ->> 3 AS bigint), unique_key = r.value ->> 4,
    display_value = r.value ->> 5, task_id = CAST(r.value ->> 6 AS bigint), message = r.value ->> 7
FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value)
WHERE items.id = CAST(r.value ->> 0 AS bigint) AND items.state = r.value ->> 1;

-- name: link_children
-- A JSON array.
UPDATE items SET child_id = CAST(r.value ->> 1 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value)
WHERE items.id = CAST(r.value ->> 0 AS bigint) AND items.child_id IS NULL;

-- name: renumber_children
-- A JSON array.
UPDATE items SET retry_index = CAST(r.value ->> 1 AS bigint), recoveries = CAST(r.value ->> 2 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value)
WHERE items.id = CAST(r.value ->> 0 AS bigint) AND COALESCE(items.state, '') = 'pending';

-- name: release_items
-- A JSON array.
UPDATE items
SET state = 'pending', ready = 1, started_at = NULL, lease_until = NULL, time_limit_at = NULL, task_id = NULL,
    attempt_id = NULL, holder = NULL, runner = NULL, claim = NULL
FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value)
WHERE items.id = CAST(r.value ->> 0 AS bigint) AND COALESCE(items.state, '') = 'processing'
  AND items.epoch = CAST(r.value ->> 1 AS bigint);

-- name: promote
-- The choice is a materialised CTE because a plan may run a subquery with LIMIT more than once.
WITH chosen AS MATERIALIZED (
    SELECT id FROM items WHERE state = 'pending' AND ready = 0 AND available_at <= :now
    ORDER BY available_at LIMIT :limit
    FOR UPDATE SKIP LOCKED)
UPDATE items SET ready = 1
FROM chosen
WHERE items.id = chosen.id AND items.state = 'pending' AND items.ready = 0
RETURNING items.queue_id;

-- name: over_limit
-- What a report holds right now is left to the next tick.
SELECT * FROM items WHERE state = 'processing' AND time_limit_at <= :now ORDER BY time_limit_at LIMIT :limit
FOR UPDATE SKIP LOCKED;

-- name: lease_over
-- As over_limit.
SELECT * FROM items WHERE state = 'processing' AND lease_until <= :now ORDER BY lease_until LIMIT :limit
FOR UPDATE SKIP LOCKED;

-- name: holders_gone
-- As over_limit.
SELECT i.*
FROM items i
LEFT JOIN attempts x ON x.id = i.attempt_id
LEFT JOIN tasks t ON t.id = x.task_id
WHERE i.state = 'processing' AND i.attempt_id IS NOT NULL
  AND (x.id IS NULL OR x.state IN ('lost', 'released') OR x.ended_at <= :since OR t.epoch > x.epoch)
LIMIT :limit
FOR UPDATE OF i SKIP LOCKED;

-- name: counts
-- A JSON array.
SELECT queue_id, state, total, duration FROM queue_counts
WHERE queue_id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value));

-- name: prune_children
-- A JSON array.
UPDATE items SET child_id = NULL WHERE id IN (
    SELECT d.parent_id FROM items d
    WHERE d.parent_id IS NOT NULL
      AND d.id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value)));

-- name: prune_parents
-- A JSON array.
UPDATE items SET parent_id = NULL
WHERE parent_id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value));

-- name: prune_items
-- A JSON array.
DELETE FROM items
WHERE id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value));

-- name: flow
-- A JSON array of ids.
SELECT queue_id, hour, state, kind, total FROM queue_hours
WHERE queue_id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb))) AND hour >= :since
  AND total <> 0
ORDER BY queue_id, hour, state, kind
LIMIT 20000;
