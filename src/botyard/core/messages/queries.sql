-- name: create_group
INSERT INTO mail_groups (workspace_id, name, members, created_at, updated_at)
VALUES (:workspace_id, :name, :members, :now, :now)
ON CONFLICT (workspace_id, name) DO NOTHING;

-- name: update_group
UPDATE mail_groups SET members = :members, updated_at = :now WHERE id = :group_id;

-- name: delete_group
DELETE FROM mail_groups WHERE id = :group_id;

-- name: unsubscribe_group
DELETE FROM subscriptions WHERE workspace_id = :workspace_id AND kind = 'group' AND recipient = :name;

-- name: find_group
SELECT * FROM mail_groups WHERE workspace_id = :workspace_id AND name = :name;

-- name: list_groups
SELECT * FROM mail_groups WHERE workspace_id = :workspace_id AND name > :after ORDER BY name LIMIT :limit;

-- name: get_address
SELECT address FROM mail_addresses WHERE user_id = :user_id;

-- name: drop_address
DELETE FROM mail_addresses WHERE user_id = :user_id;

-- name: set_address
INSERT INTO mail_addresses (user_id, address) VALUES (:user_id, :address);

-- name: unsubscribe
DELETE FROM subscriptions WHERE automation_id = :automation_id;

-- name: subscribe
INSERT INTO subscriptions (workspace_id, automation_id, recipient, kind, level, position)
VALUES (:workspace_id, :automation_id, :recipient, :kind, :level, :position);

-- name: subscriptions
SELECT kind, recipient, level FROM subscriptions WHERE automation_id = :automation_id ORDER BY position;

-- name: insert
INSERT INTO messages (workspace_id, task_id, alert_id, subject, body, plain, format, recipients, created_at, created_by)
VALUES (:workspace_id, :task_id, :alert_id, :subject, :body, :plain, :format, :recipients, :now, :actor)
RETURNING id;

-- name: insert_delivery
INSERT INTO deliveries (workspace_id, message_id, login, address, state, queued_at, due_at, error, updated_at)
VALUES (:workspace_id, :message_id, :login, :address, :state, :now, :now, :error, :now);

-- name: deliveries
SELECT id, message_id, login, address, state, attempts, due_at, error, updated_at
FROM deliveries WHERE message_id = :message_id ORDER BY id;

-- name: in_state
SELECT DISTINCT message_id FROM deliveries
WHERE workspace_id = :workspace_id AND state = :state AND message_id < :before
ORDER BY message_id DESC
LIMIT :limit;

-- name: any_due
SELECT id FROM deliveries
WHERE state = 'queued' AND due_at <= :now AND (lease_until IS NULL OR lease_until < :now) LIMIT 1;

-- name: any_held
SELECT id FROM deliveries WHERE state = 'held' LIMIT 1;

-- name: claim
UPDATE deliveries SET attempts = attempts + 1, holder = :holder, lease_until = :lease_until, updated_at = :now
WHERE state = 'queued' AND id IN (
    SELECT id FROM deliveries
    WHERE state = 'queued' AND due_at <= :now AND (lease_until IS NULL OR lease_until < :now)
    ORDER BY due_at, id
    LIMIT :limit)
RETURNING id;

-- name: outgoing
SELECT d.id, d.attempts AS attempt, d.message_id, d.address, m.subject, m.body, m.plain, m.format, m.created_at
FROM deliveries d JOIN messages m ON m.id = d.message_id
WHERE d.id IN (SELECT value FROM json_each(:ids))
ORDER BY d.due_at, d.id;

-- name: report_sent
UPDATE deliveries SET state = 'sent', holder = NULL, lease_until = NULL, error = NULL, updated_at = :now
WHERE id = :id AND state = 'queued' AND attempts = :attempt;

-- name: report_failed
UPDATE deliveries
SET state = CASE WHEN :final = 1 OR queued_at < :oldest THEN 'failed' ELSE 'queued' END,
    due_at = :due_at, holder = NULL, lease_until = NULL, error = :error, updated_at = :now
WHERE id = :id AND state = 'queued' AND attempts = :attempt
RETURNING id;

-- name: postpone
UPDATE deliveries
SET state = CASE WHEN queued_at < :oldest THEN 'failed' ELSE 'queued' END,
    due_at = :until, holder = NULL, lease_until = NULL, error = :error, updated_at = :now
WHERE state = 'queued' AND due_at <= :now AND (lease_until IS NULL OR lease_until < :now);

-- name: give_back
UPDATE deliveries SET due_at = :now, holder = NULL, lease_until = NULL, updated_at = :now
WHERE id = :id AND state = 'queued' AND attempts = :attempt;

-- name: hold
UPDATE deliveries SET state = 'held', holder = NULL, lease_until = NULL, error = :error, updated_at = :now
WHERE state = 'queued' AND id IN (
    SELECT id FROM deliveries
    WHERE state = 'queued' AND due_at <= :now AND (lease_until IS NULL OR lease_until < :now)
    LIMIT :limit);

-- name: release
UPDATE deliveries SET state = 'queued', queued_at = :now, due_at = :now, error = NULL, updated_at = :now
WHERE state = 'held' AND id IN (SELECT id FROM deliveries WHERE state = 'held' ORDER BY id LIMIT :limit);

-- name: repeat
UPDATE deliveries
SET state = 'queued', address = :address, queued_at = :now, due_at = :now, error = NULL, updated_at = :now
WHERE id = :id AND state = 'failed';

-- name: prune
DELETE FROM messages
WHERE id IN (
    SELECT m.id FROM messages m
    WHERE m.created_at < :before
      AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = m.id AND d.state = 'queued')
    ORDER BY m.created_at
    LIMIT :limit);
