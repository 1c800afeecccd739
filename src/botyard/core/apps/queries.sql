-- name: lock_workspace
-- On PostgreSQL this holds the row, so that two new apps get two ids; SQLite has one writer anyway.
SELECT id FROM workspaces WHERE id = :workspace_id

-- name: next_id
SELECT COALESCE(MAX(id), 0) + 1 AS id FROM apps WHERE workspace_id = :workspace_id

-- name: create
INSERT INTO apps (workspace_id, id, slug, name, description, owner_id, created_at, created_by, updated_at)
VALUES (:workspace_id, :id, :slug, :name, :description, :owner_id, :now, :actor, :now)
ON CONFLICT DO NOTHING
RETURNING *

-- name: update
UPDATE apps SET slug = :slug, name = :name, description = :description, owner_id = :owner_id, updated_at = :now
WHERE workspace_id = :workspace_id AND id = :id
  AND NOT EXISTS (SELECT 1 FROM apps o WHERE o.workspace_id = :workspace_id AND o.slug = :slug AND o.id <> :id)
RETURNING *

-- name: get
SELECT * FROM apps WHERE workspace_id = :workspace_id AND id = :id

-- name: by_slug
SELECT * FROM apps WHERE workspace_id = :workspace_id AND slug = :slug

-- name: list_all
SELECT * FROM apps WHERE workspace_id = :workspace_id AND id > :after ORDER BY id LIMIT :limit

-- name: lives_in
SELECT 'action' AS kind, slug AS name FROM actions WHERE workspace_id = :workspace_id AND app_id = :id
UNION ALL
SELECT 'table' AS kind, name FROM app_tables WHERE workspace_id = :workspace_id AND app_id = :id
LIMIT 1

-- name: drop_files
DELETE FROM app_files WHERE workspace_id = :workspace_id AND app_id = :id

-- name: drop_progress
DELETE FROM task_progress WHERE workspace_id = :workspace_id AND app_id = :id

-- name: drop_cache
DELETE FROM cache_entries WHERE workspace_id = :workspace_id AND app_id = :id

-- name: drop_changes
DELETE FROM table_changes WHERE workspace_id = :workspace_id AND app_id = :id

-- name: drop_schema
DELETE FROM app_schemas WHERE workspace_id = :workspace_id AND app_id = :id

-- name: drop_connections
DELETE FROM connection_apps
WHERE app_id = :id AND connection_id IN (SELECT id FROM connections WHERE workspace_id = :workspace_id)

-- name: revoke_tokens
UPDATE tokens SET revoked_at = :now
WHERE workspace_id = :workspace_id AND kind = 'app' AND app_id = :id AND revoked_at IS NULL
RETURNING id

-- name: delete
DELETE FROM apps WHERE workspace_id = :workspace_id AND id = :id
