-- name: get
SELECT s.*, w.label AS workspace_label
FROM systems s JOIN workspaces w ON w.id = s.workspace_id
WHERE s.workspace_id = :workspace_id AND s.id = :id;

-- name: get_by_name
SELECT s.*, w.label AS workspace_label
FROM systems s JOIN workspaces w ON w.id = s.workspace_id
WHERE s.workspace_id = :workspace_id AND s.name = :name;

-- name: find_by_token
-- One hash for each pepper that is in use.
SELECT s.*, w.label AS workspace_label
FROM system_tokens k
JOIN systems s ON s.id = k.system_id
JOIN workspaces w ON w.id = s.workspace_id
WHERE k.token_hash IN (SELECT value FROM json_each(:hashes)) AND (k.expires_at IS NULL OR k.expires_at > :now)
LIMIT 1;

-- name: started_by
SELECT s.*, w.label AS workspace_label
FROM system_tasks k
JOIN systems s ON s.id = k.system_id
JOIN workspaces w ON w.id = s.workspace_id
WHERE k.task_id = :task_id;

-- name: recent_tasks
SELECT t.* FROM (
    SELECT task_id FROM system_tasks WHERE system_id = :system_id ORDER BY task_id DESC LIMIT :limit
) k
JOIN task_view t ON t.id = k.task_id
ORDER BY t.id DESC;

-- name: create
INSERT INTO systems (id, workspace_id, name, description, state, processes, reads_all, networks, file_hosts,
                     private_targets, max_file_bytes, created_at, created_by, updated_at, updated_by, decided_at,
                     decided_by)
VALUES (:id, :workspace_id, :name, :description, :state, :processes, :reads_all, :networks, :file_hosts,
        :private_targets, :max_file_bytes, :now, :actor, :now, :actor, :decided_at, :decided_by)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: update
UPDATE systems
SET name = :name, description = :description, processes = :processes, reads_all = :reads_all, networks = :networks,
    file_hosts = :file_hosts, private_targets = :private_targets, max_file_bytes = :max_file_bytes,
    updated_at = :now, updated_by = :actor
WHERE workspace_id = :workspace_id AND id = :id
RETURNING id;

-- name: decide
UPDATE systems
SET state = :state, updated_at = :now, updated_by = :actor, decided_at = :now, decided_by = :actor
WHERE id = :id AND state = :expected;

-- name: record_use
UPDATE systems SET used_at = :now WHERE id = :id AND (used_at IS NULL OR used_at < :before);

-- name: tokens_of
SELECT token_hash FROM system_tokens WHERE system_id = :system_id AND (expires_at IS NULL OR expires_at > :now);

-- name: taken
SELECT system_id FROM system_tokens WHERE token_hash IN (SELECT value FROM json_each(:hashes)) LIMIT 1;

-- name: add_token
INSERT INTO system_tokens (token_hash, system_id, created_at, expires_at)
VALUES (:token_hash, :system_id, :now, :expires_at)
ON CONFLICT DO NOTHING
RETURNING system_id;

-- name: end_tokens
UPDATE system_tokens SET expires_at = :until
WHERE system_id = :system_id AND (expires_at IS NULL OR expires_at > :until);

-- name: drop_tokens
DELETE FROM system_tokens WHERE system_id = :system_id AND expires_at <= :now;

-- name: drop_same_token
DELETE FROM system_tokens
WHERE system_id = :system_id AND token_hash IN (SELECT value FROM json_each(:hashes));

-- name: find_processes
-- One read for all tasks of a batch; keys are [workspace id, automation id] pairs.
SELECT a.id, a.workspace_id, a.label, a.parameters, a.package_id
FROM json_each(:keys) k
JOIN automations a ON a.workspace_id = k.value ->> 0 AND a.id = k.value ->> 1
WHERE a.by_hand = 0 OR a.package_id IS NOT NULL;

-- name: versions_of
SELECT package_id, version FROM package_versions
WHERE package_id IN (SELECT value FROM json_each(:ids))
ORDER BY package_id, created_at, version;

-- name: insert_tasks
INSERT INTO system_tasks (task_id, system_id, version)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:rows);

-- name: report
SELECT t.*, a.parameters AS declared, k.system_id
FROM task_view t
JOIN automations a ON a.id = t.automation_id
LEFT JOIN system_tasks k ON k.task_id = t.id
WHERE t.workspace_id = :workspace_id AND t.id = :task_id;

-- name: find_output
-- The newest of that name which the task itself left behind, and not what was fetched for it.
SELECT f.id FROM artifacts f
WHERE f.workspace_id = :workspace_id AND f.task_id = :task_id AND f.file_name = :name AND f.digest IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM task_inputs i WHERE i.task_id = f.task_id AND i.artifact_id = f.id)
ORDER BY f.id DESC
LIMIT 1;

-- name: list_processes
SELECT a.id, a.label, a.name, a.description, a.runner_label, a.created_at, v.version, v.digest,
       v.created_at AS uploaded_at, v.created_by AS uploaded_by,
       (SELECT COUNT(*) FROM package_versions o
        WHERE o.package_id = v.package_id AND (o.created_at, o.version) <= (v.created_at, v.version)) AS ordinal
FROM automations a
LEFT JOIN packages p ON p.id = a.package_id
LEFT JOIN package_versions v ON v.package_id = p.id AND v.version = p.released
WHERE a.workspace_id = :workspace_id AND (:every = 1 OR a.label IN (SELECT value FROM json_each(:labels)))
  AND (a.by_hand = 0 OR a.package_id IS NOT NULL)
ORDER BY a.label
LIMIT :limit OFFSET :offset;

-- name: count_processes
SELECT COUNT(*) AS total FROM automations a
WHERE a.workspace_id = :workspace_id AND (:every = 1 OR a.label IN (SELECT value FROM json_each(:labels)))
  AND (a.by_hand = 0 OR a.package_id IS NOT NULL);
