-- name: add
INSERT INTO row_history (workspace_id, table_id, row_id, kind, before, after, at, actor, undoes)
VALUES (:workspace_id, :table_id, :row_id, :kind, :before, :after, :now, :actor, :undoes)
RETURNING id;

-- name: get
SELECT * FROM row_history WHERE table_id = :table_id AND id = :id;

-- name: mark_undone
UPDATE row_history SET undone_by = :by WHERE id = :id AND undone_by IS NULL RETURNING id;

-- name: of_table
SELECT * FROM row_history WHERE table_id = :table_id AND id < :before ORDER BY id DESC LIMIT :limit;

-- name: of_row
SELECT * FROM row_history
WHERE table_id = :table_id AND row_id = :row_id AND id < :before ORDER BY id DESC LIMIT :limit;

-- name: prune
-- Numbers grow with time, so the oldest are at the beginning: however many changes there are, only those are looked at.
DELETE FROM row_history
WHERE at < :before AND id IN (SELECT id FROM row_history ORDER BY id LIMIT :limit);
