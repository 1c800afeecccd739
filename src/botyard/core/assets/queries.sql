-- name: find
SELECT * FROM assets WHERE workspace_id = :workspace_id AND name = :name AND folder = :folder;

-- name: by_id
SELECT * FROM assets WHERE workspace_id = :workspace_id AND id = :id;

-- name: named
-- Two are enough to know that the name alone does not say which.
SELECT * FROM assets WHERE workspace_id = :workspace_id AND name = :name ORDER BY folder LIMIT 2;

-- name: any_folder
SELECT * FROM assets WHERE workspace_id = :workspace_id AND name = :name ORDER BY folder LIMIT 1;

-- name: names
SELECT DISTINCT name FROM assets WHERE workspace_id = :workspace_id ORDER BY name LIMIT :limit;

-- name: count
SELECT COUNT(*) AS total FROM assets WHERE workspace_id = :workspace_id;

-- name: search
SELECT * FROM assets
WHERE workspace_id = :workspace_id AND (name, folder) > (:name, :place)
  AND LOWER(name) LIKE :pattern ESCAPE '!'
  AND (:any_folder = 1 OR folder = :folder)
  AND (:any_name = 1 OR name IN (SELECT value FROM json_each(:names)))
ORDER BY name, folder
LIMIT :limit;

-- name: create
INSERT INTO assets (workspace_id, folder, name, type, description, value, username, version, created_at, created_by,
                    updated_at, updated_by)
VALUES (:workspace_id, :folder, :name, :type, :description, :value, :username, 1, :now, :actor, :now, :actor)
ON CONFLICT DO NOTHING
RETURNING *;

-- name: update
UPDATE assets
SET value = COALESCE(:value, value), username = COALESCE(:username, username), description = :description,
    version = version + :step, updated_at = :now, updated_by = :actor
WHERE id = :id
RETURNING *;

-- name: delete
DELETE FROM assets WHERE id = :id;

-- name: mark_read
UPDATE assets SET read_at = :now, read_by = :actor
WHERE id = :asset_id AND (read_at IS NULL OR read_at <= :before);

-- name: note_read
INSERT INTO asset_reads (attempt_id, asset_id) VALUES (:attempt_id, :asset_id)
ON CONFLICT DO NOTHING;

-- name: readers
SELECT r.attempt_id
FROM asset_reads r
JOIN attempts x ON x.id = r.attempt_id
WHERE r.asset_id = :asset_id AND (x.ended_at IS NULL OR x.log_complete = 0);

-- name: read_by
SELECT r.asset_id, a.workspace_id
FROM asset_reads r
JOIN assets a ON a.id = r.asset_id
WHERE r.attempt_id = :attempt_id;
