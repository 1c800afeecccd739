-- name: declared
SELECT id, slug, name FROM folders WHERE workspace_id = :workspace_id ORDER BY name LIMIT :limit;

-- name: used
-- Few automations, assets and credentials make even fewer folders.
SELECT folder AS name FROM automations WHERE workspace_id = :workspace_id
UNION SELECT folder FROM assets WHERE workspace_id = :workspace_id
UNION SELECT folder FROM credentials WHERE workspace_id = :workspace_id
UNION SELECT folder FROM queues WHERE workspace_id = :workspace_id AND deleted_at IS NULL
LIMIT :limit;

-- name: create
INSERT INTO folders (id, workspace_id, slug, name, created_at, created_by)
VALUES (:id, :workspace_id, :slug, :name, :now, :actor);
