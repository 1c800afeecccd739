-- name: list_all
SELECT * FROM app_tables WHERE workspace_id = :workspace_id AND app_id = :app_id ORDER BY name, id

-- name: get
SELECT * FROM app_tables WHERE workspace_id = :workspace_id AND app_id = :app_id AND name = :name

-- name: schema_version
SELECT version FROM app_schemas WHERE workspace_id = :workspace_id AND app_id = :app_id

-- name: grow_schema
-- The row is held until the end of the transaction, so that two changes of one app come one after the other.
INSERT INTO app_schemas (workspace_id, app_id, version) VALUES (:workspace_id, :app_id, 1)
ON CONFLICT (workspace_id, app_id) DO UPDATE SET version = app_schemas.version + 1
RETURNING version

-- name: create
INSERT INTO app_tables (workspace_id, app_id, name, title, definition, created_at, created_by, updated_at)
VALUES (:workspace_id, :app_id, :name, :title, :definition, :now, :actor, :now)
RETURNING *

-- name: update
UPDATE app_tables SET title = :title, definition = :definition, version = version + 1, updated_at = :now
WHERE id = :id AND version = :version
RETURNING *

-- name: delete
DELETE FROM app_tables WHERE id = :id

-- name: add_version
INSERT INTO app_table_versions (table_id, version, definition, change, at, actor)
VALUES (:table_id, :version, :definition, :change, :now, :actor)

-- name: versions
SELECT version, definition, change, at, actor FROM app_table_versions
WHERE table_id = :table_id AND version < :before ORDER BY version DESC LIMIT :limit

-- name: get_version
SELECT version, definition, change, at, actor FROM app_table_versions WHERE table_id = :table_id AND version = :version

-- name: add_tag
-- Whoever comes second finds the tag; the row is touched so that it is returned.
INSERT INTO app_tags (uid, workspace_id, table_id, name, description, color, created_at, updated_at)
VALUES (:uid, :workspace_id, :table_id, :name, :description, :color, :now, :now)
ON CONFLICT (table_id, name) DO UPDATE SET
    description = CASE WHEN :described = 1 THEN excluded.description ELSE app_tags.description END,
    color = CASE WHEN :colored = 1 THEN excluded.color ELSE app_tags.color END,
    updated_at = excluded.updated_at
RETURNING id, uid, workspace_id, name, description, color, created_at, updated_at

-- name: count_tags
SELECT COUNT(*) AS total FROM app_tags WHERE table_id = :table_id

-- name: list_tags
SELECT id, uid, workspace_id, name, description, color, created_at, updated_at FROM app_tags
WHERE table_id = :table_id ORDER BY name LIMIT :limit
