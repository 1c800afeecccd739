-- name: create
INSERT INTO workspaces (label, name, created_at) VALUES (:label, :name, :now)
ON CONFLICT (label) DO NOTHING
RETURNING id, label, name, created_at

-- name: get
SELECT id, label, name, created_at FROM workspaces WHERE label = :label

-- name: get_by_id
SELECT id, label, name, created_at FROM workspaces WHERE id = :workspace_id

-- name: list_all
SELECT id, label, name, created_at FROM workspaces ORDER BY label
