-- name: find
SELECT a.*, v.version AS package_version, v.digest AS package_digest, v.dialect AS package_dialect
FROM automations a
LEFT JOIN packages p ON p.id = a.package_id
LEFT JOIN package_versions v ON v.package_id = p.id AND v.version = p.released
WHERE a.workspace_id = :workspace_id AND a.label = :label

-- name: get_by_id
SELECT a.*, v.version AS package_version, v.digest AS package_digest, v.dialect AS package_dialect
FROM automations a
LEFT JOIN packages p ON p.id = a.package_id
LEFT JOIN package_versions v ON v.package_id = p.id AND v.version = p.released
WHERE a.workspace_id = :workspace_id AND a.id = :id

-- name: labels
SELECT label FROM automations WHERE workspace_id = :workspace_id ORDER BY label LIMIT :limit

-- name: create
INSERT INTO automations
    (id, workspace_id, label, name, description, folder, package_id, runner_label, priority, max_attempts, on_lost,
     grace_seconds, parameters, uses, by_hand, created_at, updated_at)
VALUES
    (:id, :workspace_id, :label, :name, :description, :folder, NULL, :runner_label, :priority, :max_attempts, :on_lost,
     :grace_seconds, :parameters, :uses, :by_hand, :created_at, :updated_at)
ON CONFLICT (workspace_id, label) DO NOTHING

-- name: update
UPDATE automations
SET name = :name, description = :description, folder = :folder, runner_label = :runner_label, priority = :priority,
    max_attempts = :max_attempts, on_lost = :on_lost, grace_seconds = :grace_seconds, parameters = :parameters,
    uses = :uses, updated_at = :updated_at
WHERE id = :id

-- name: set_package
UPDATE automations SET package_id = :package_id, updated_at = :updated_at WHERE id = :id

-- name: lock
UPDATE automations SET updated_at = updated_at WHERE workspace_id = :workspace_id AND label = :label

-- name: bundles
SELECT p.id, p.name, p.dialect, p.released, p.created_at, COALESCE(a.folder, 'DEFAULT') AS folder,
       (SELECT v.version FROM package_versions v WHERE v.package_id = p.id
        ORDER BY v.created_at DESC, v.version LIMIT 1) AS latest
FROM packages p
LEFT JOIN automations a ON a.workspace_id = p.workspace_id AND a.label = p.name
WHERE p.workspace_id = :workspace_id AND (CAST(:name AS TEXT) IS NULL OR p.name = CAST(:name AS TEXT))
ORDER BY p.name
LIMIT :limit OFFSET :offset

-- name: count_bundles
SELECT COUNT(*) AS total
FROM (SELECT 1 AS one FROM packages p
      WHERE p.workspace_id = :workspace_id AND (CAST(:name AS TEXT) IS NULL OR p.name = CAST(:name AS TEXT))
      LIMIT :cap) AS capped

-- name: hold
SELECT id FROM automations WHERE workspace_id = :workspace_id AND label = :label

-- name: is_action
SELECT 1 AS one FROM actions WHERE automation_id = :id

-- name: any_task
SELECT 1 AS one FROM tasks WHERE workspace_id = :workspace_id AND automation_id = :id LIMIT 1

-- name: drop_schedules
DELETE FROM schedules WHERE automation_id = :id

-- name: drop_subscriptions
DELETE FROM subscriptions WHERE automation_id = :id

-- name: drop_error_groups
DELETE FROM error_groups WHERE automation_id = :id

-- name: drop
DELETE FROM automations WHERE id = :id

-- name: shares_package
SELECT 1 AS one FROM automations WHERE package_id = :package_id LIMIT 1

-- name: unrelease_package
UPDATE packages SET released = NULL WHERE id = :package_id

-- name: drop_versions
DELETE FROM package_versions WHERE package_id = :package_id

-- name: drop_package
DELETE FROM packages WHERE id = :package_id
