-- name: create
INSERT INTO log_tables (workspace_id, label, folder, columns, created_at, created_by)
VALUES (:workspace_id, :label, :folder, :columns, :now, :actor)
ON CONFLICT (workspace_id, label) WHERE deleted_at IS NULL DO NOTHING
RETURNING id;

-- name: delete
UPDATE log_tables SET deleted_at = :now WHERE id = :table_id AND deleted_at IS NULL;

-- name: delete_rows
DELETE FROM log_rows
WHERE id IN (SELECT id FROM log_rows WHERE table_id = :table_id ORDER BY created_at, id LIMIT :limit);

-- name: remove_empty
DELETE FROM log_tables
WHERE id = :table_id AND deleted_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM log_rows r WHERE r.table_id = :table_id);

-- name: deleted_tables
SELECT id FROM log_tables WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT 10;

-- name: append
INSERT INTO log_rows (workspace_id, table_id, task_id, content, created_at, created_by)
SELECT CAST(:workspace_id AS BIGINT), l.id, CAST(:task_id AS BIGINT), CAST(:content AS TEXT), :now, CAST(:actor AS TEXT)
FROM log_tables l
WHERE l.id = :table_id AND l.deleted_at IS NULL
RETURNING id, content, task_id, created_at, created_by;

-- name: prune_rows
DELETE FROM log_rows WHERE id IN (SELECT id FROM log_rows WHERE created_at < :before ORDER BY created_at LIMIT :limit);
