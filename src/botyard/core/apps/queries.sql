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
SELECT * FROM apps WHERE workspace_id = :workspace_id ORDER BY id LIMIT :limit
