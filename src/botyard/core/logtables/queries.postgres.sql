-- name: append
-- Locks the table's row: a deletion waits for this row, and takes it along.
INSERT INTO log_rows (workspace_id, table_id, task_id, content, created_at, created_by)
SELECT CAST(:workspace_id AS BIGINT), l.id, CAST(:task_id AS BIGINT), CAST(:content AS TEXT), :now, CAST(:actor AS TEXT)
FROM log_tables l
WHERE l.id = :table_id AND l.deleted_at IS NULL
FOR SHARE OF l
RETURNING id, content, task_id, created_at, created_by;
