-- name: find
SELECT id, workspace_id, label, folder, created_at, created_by, updated_at
FROM credentials WHERE workspace_id = :workspace_id AND label = :label;

-- name: labels
SELECT label FROM credentials WHERE workspace_id = :workspace_id ORDER BY label LIMIT :limit;

-- name: search
SELECT id, workspace_id, label, folder, created_at, created_by, updated_at
FROM credentials
WHERE workspace_id = :workspace_id AND label > :after
  AND (:any_label = 1 OR label IN (SELECT value FROM json_each(:labels)))
ORDER BY label
LIMIT :limit;

-- name: keys
SELECT credential_id, name, version, updated_at, updated_by, read_at, read_by
FROM credential_keys
WHERE credential_id IN (SELECT value FROM json_each(:ids))
ORDER BY credential_id, position, name;

-- name: create
INSERT INTO credentials (workspace_id, label, folder, created_at, created_by, updated_at)
VALUES (:workspace_id, :label, :folder, :now, :actor, :now)
ON CONFLICT DO NOTHING
RETURNING id, workspace_id, label, folder, created_at, created_by, updated_at;

-- name: touch
UPDATE credentials SET updated_at = :now WHERE id = :id;

-- name: move
UPDATE credentials SET folder = :folder WHERE id = :id;

-- name: put_key
INSERT INTO credential_keys (credential_id, name, position, version, updated_at, updated_by)
VALUES (:credential_id, :name, :position, 1, :now, :actor)
ON CONFLICT (credential_id, name) DO UPDATE
SET version = credential_keys.version + 1, updated_at = excluded.updated_at, updated_by = excluded.updated_by
RETURNING version;

-- name: move_key
UPDATE credential_keys SET position = :position WHERE credential_id = :credential_id AND name = :name;

-- name: drop_key
DELETE FROM credential_keys WHERE credential_id = :credential_id AND name = :name;

-- name: delete
DELETE FROM credentials WHERE id = :id;

-- name: mark_read
UPDATE credential_keys SET read_at = :now, read_by = :actor
WHERE credential_id = :credential_id AND name = :name AND (read_at IS NULL OR read_at <= :before);

-- name: note_read
INSERT INTO credential_reads (attempt_id, credential_id, name) VALUES (:attempt_id, :credential_id, :name)
ON CONFLICT DO NOTHING;

-- name: readers
SELECT r.attempt_id
FROM credential_reads r
JOIN attempts x ON x.id = r.attempt_id
WHERE r.credential_id = :credential_id AND r.name = :name AND (x.ended_at IS NULL OR x.log_complete = 0);

-- name: read_by
SELECT r.credential_id, r.name, c.workspace_id
FROM credential_reads r
JOIN credentials c ON c.id = r.credential_id
WHERE r.attempt_id = :attempt_id;
