-- name: get
SELECT c.*, a.label AS automation FROM actions c
JOIN automations a ON a.id = c.automation_id
WHERE c.workspace_id = :workspace_id AND c.app_id = :app_id AND c.id = :id

-- name: by_slug
SELECT c.*, a.label AS automation FROM actions c
JOIN automations a ON a.id = c.automation_id
WHERE c.workspace_id = :workspace_id AND c.app_id = :app_id AND c.slug = :slug

-- name: by_automation
SELECT c.*, a.label AS automation FROM actions c
JOIN automations a ON a.id = c.automation_id
WHERE c.workspace_id = :workspace_id AND a.workspace_id = :workspace_id AND a.label = :label

-- name: list_all
SELECT c.*, a.label AS automation FROM actions c
JOIN automations a ON a.id = c.automation_id
WHERE c.workspace_id = :workspace_id AND c.app_id = :app_id AND c.hidden = 0 AND c.id > :after
  AND (:type = '' OR c.type = :type)
ORDER BY c.id
LIMIT :limit

-- name: hidden
SELECT c.*, a.label AS automation FROM actions c
JOIN automations a ON a.id = c.automation_id
WHERE c.workspace_id = :workspace_id AND c.app_id = :app_id AND c.hidden = 1
ORDER BY c.id

-- name: open_run
SELECT id FROM tasks
WHERE workspace_id = :workspace_id AND automation_id = :automation_id
  AND state IN ('preparing', 'queued', 'leased', 'running')
ORDER BY id
LIMIT 1000

-- name: delete
DELETE FROM actions WHERE id = :id

-- name: list_triggers
SELECT c.id AS action_id, c.table_name, c.events FROM actions c
WHERE c.workspace_id = :workspace_id AND c.app_id = :app_id AND c.type = 'trigger_action'
ORDER BY c.id

-- name: list_for_rows
SELECT c.slug, c.name FROM actions c
WHERE c.workspace_id = :workspace_id AND c.app_id = :app_id AND c.type = 'table_action' AND c.hidden = 0
  AND (c.table_name IS NULL OR c.table_name IN (:table_name, :full_name))
ORDER BY c.name, c.id LIMIT :limit

-- name: depth_of
SELECT depth FROM action_runs WHERE task_id = :task_id

-- name: webhooks
-- Whoever calls a webhook says neither workspace nor action; its secret tells which of these few is meant.
SELECT c.*, a.label AS automation FROM apps p
JOIN actions c ON c.workspace_id = p.workspace_id AND c.app_id = p.id
JOIN automations a ON a.id = c.automation_id
WHERE p.slug = :app AND c.slug = :slug AND c.type = 'webhook_action'
ORDER BY c.id
LIMIT 1000

-- name: create
INSERT INTO actions (workspace_id, app_id, automation_id, slug, name, type, description, requirements, input_schema,
                     table_name, events, required_confirmation, is_public, hidden, created_at, created_by, updated_at)
VALUES (:workspace_id, :app_id, :automation_id, :slug, :name, :type, :description, :requirements, :input_schema,
        :table_name, :events, :required_confirmation, :is_public, :hidden, :now, :actor, :now)
ON CONFLICT DO NOTHING
RETURNING id

-- name: lock
-- The update changes nothing: it takes the row's lock, so that two changes do not undo each other.
UPDATE actions SET updated_at = updated_at WHERE id = :id

-- name: update
UPDATE actions
SET slug = :slug, name = :name, type = :type, description = :description, requirements = :requirements,
    input_schema = :input_schema, table_name = :table_name, events = :events,
    required_confirmation = :required_confirmation, is_public = :is_public, updated_at = :now
WHERE id = :id
  AND NOT EXISTS (SELECT 1 FROM actions o
                  WHERE o.workspace_id = actions.workspace_id AND o.app_id = actions.app_id AND o.slug = :slug
                    AND o.id <> :id)

-- name: set_source
UPDATE actions SET source = :source, updated_at = :now WHERE id = :id

-- name: turn_webhook
UPDATE actions SET webhook_turn = webhook_turn + 1, updated_at = :now WHERE id = :id

-- name: request
INSERT INTO action_requests (workspace_id, action_id, request_key, fingerprint, task_id, number, created_at)
VALUES (:workspace_id, :action_id, :request_key, :fingerprint, 0, 0, :now)
ON CONFLICT DO NOTHING
RETURNING action_id

-- name: found_request
SELECT q.fingerprint, q.task_id, q.number, CASE WHEN t.id IS NULL THEN 1 ELSE 0 END AS deleted
FROM action_requests q
LEFT JOIN tasks t ON t.id = q.task_id
WHERE q.action_id = :action_id AND q.request_key = :request_key

-- name: keep_request
UPDATE action_requests SET task_id = :task_id, number = :number
WHERE action_id = :action_id AND request_key = :request_key

-- name: describe_run
-- A run that a run asked for comes after as many triggers as that one.
UPDATE action_runs
SET user_id = :user_id, connection_id = :connection_id, options = :options,
    depth = COALESCE((SELECT c.depth FROM action_runs c WHERE c.task_id = CAST(:cause AS BIGINT)), :depth)
WHERE task_id = :task_id
RETURNING number

-- name: get_run
SELECT t.id AS task_id, c.id AS action_id, COALESCE(r.number, 0) AS number
FROM tasks t
JOIN actions c ON c.automation_id = t.automation_id
LEFT JOIN action_runs r ON r.task_id = t.id
WHERE t.id = :task_id AND t.workspace_id = :workspace_id AND c.app_id = :app_id

-- name: prune_requests
DELETE FROM action_requests
WHERE (action_id, request_key) IN (
    SELECT q.action_id, q.request_key FROM action_requests q WHERE q.created_at < :before LIMIT :limit)

-- name: grants
SELECT t.id AS task_id, c.id AS action_id, c.slug, c.type, c.app_id, p.slug AS app_slug, w.id AS workspace_id,
       w.label AS organization, COALESCE(r.user_id, p.owner_id) AS user_id, r.connection_id,
       COALESCE(r.options, '{}') AS options
FROM tasks t
JOIN actions c ON c.automation_id = t.automation_id
JOIN apps p ON p.workspace_id = c.workspace_id AND p.id = c.app_id
JOIN workspaces w ON w.id = c.workspace_id
LEFT JOIN action_runs r ON r.task_id = t.id
WHERE t.id IN (SELECT value FROM json_each(:ids))
