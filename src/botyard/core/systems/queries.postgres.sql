-- name: find_by_token
-- PostgreSQL has its own functions to read a JSON array; the same in every statement below that takes one.
SELECT s.*, w.label AS workspace_label
FROM system_tokens k
JOIN systems s ON s.id = k.system_id
JOIN workspaces w ON w.id = s.workspace_id
WHERE k.token_hash IN (SELECT value FROM jsonb_array_elements_text(CAST(:hashes AS jsonb)) r (value))
  AND (k.expires_at IS NULL OR k.expires_at > :now)
LIMIT 1;

-- name: taken
SELECT system_id FROM system_tokens
WHERE token_hash IN (SELECT value FROM jsonb_array_elements_text(CAST(:hashes AS jsonb)) r (value))
LIMIT 1;

-- name: drop_same_token
DELETE FROM system_tokens
WHERE system_id = :system_id
  AND token_hash IN (SELECT value FROM jsonb_array_elements_text(CAST(:hashes AS jsonb)) r (value));

-- name: find_processes
SELECT a.id, a.workspace_id, a.label, a.parameters, a.package_id
FROM jsonb_array_elements(CAST(:keys AS jsonb)) k (value)
JOIN automations a ON a.workspace_id = CAST(k.value ->> 0 AS bigint) AND a.id = k.value ->> 1
WHERE a.by_hand = 0 OR a.package_id IS NOT NULL;

-- name: versions_of
SELECT package_id, version FROM package_versions
WHERE package_id IN (SELECT value FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value))
ORDER BY package_id, created_at, version;

-- name: insert_tasks
INSERT INTO system_tasks (task_id, system_id, version)
SELECT CAST(value ->> 0 AS bigint), value ->> 1, CAST(value ->> 2 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value);

-- name: list_processes
SELECT a.id, a.label, a.name, a.description, a.runner_label, a.created_at, v.version, v.digest,
       v.created_at AS uploaded_at, v.created_by AS uploaded_by,
       (SELECT COUNT(*) FROM package_versions o
        WHERE o.package_id = v.package_id AND (o.created_at, o.version) <= (v.created_at, v.version)) AS ordinal
FROM automations a
LEFT JOIN packages p ON p.id = a.package_id
LEFT JOIN package_versions v ON v.package_id = p.id AND v.version = p.released
WHERE a.workspace_id = :workspace_id
  AND (:every = 1 OR a.label IN (SELECT value FROM jsonb_array_elements_text(CAST(:labels AS jsonb)) r (value)))
  AND (a.by_hand = 0 OR a.package_id IS NOT NULL)
ORDER BY a.label
LIMIT :limit OFFSET :offset;

-- name: count_processes
SELECT COUNT(*) AS total FROM automations a
WHERE a.workspace_id = :workspace_id
  AND (:every = 1 OR a.label IN (SELECT value FROM jsonb_array_elements_text(CAST(:labels AS jsonb)) r (value)))
  AND (a.by_hand = 0 OR a.package_id IS NOT NULL);
