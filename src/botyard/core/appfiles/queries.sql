-- name: keep
INSERT INTO app_files
    (workspace_id, app_id, path, object_key, original_name, media_type, digest, size, public, created_at, created_by)
VALUES
    (:workspace_id, :app_id, :path, :object_key, :original_name, :media_type, :digest, :size, :public, :now, :actor)
ON CONFLICT (workspace_id, app_id, path) DO UPDATE
SET object_key = excluded.object_key, original_name = excluded.original_name, media_type = excluded.media_type,
    digest = excluded.digest, size = excluded.size, public = excluded.public, created_at = excluded.created_at,
    created_by = excluded.created_by
WHERE :overwrite = 1
RETURNING *

-- name: by_path
SELECT * FROM app_files WHERE workspace_id = :workspace_id AND app_id = :app_id AND path = :path

-- name: list_all
SELECT * FROM app_files WHERE workspace_id = :workspace_id AND app_id = :app_id AND path > :after
ORDER BY path LIMIT :limit

-- name: by_key
SELECT * FROM app_files WHERE object_key = :object_key

-- name: delete
DELETE FROM app_files WHERE workspace_id = :workspace_id AND app_id = :app_id AND path = :path RETURNING *

-- name: referenced
SELECT DISTINCT digest FROM app_files WHERE digest IN (SELECT value FROM json_each(:digests))
