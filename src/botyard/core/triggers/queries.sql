-- name: note
INSERT INTO table_changes (workspace_id, app_id, table_name, kind, actions, changed, depth, at)
VALUES (:workspace_id, :app_id, :table_name, :kind, :actions, :changed, :depth, :now);

-- name: any
SELECT id FROM table_changes LIMIT 1;

-- name: take
DELETE FROM table_changes
WHERE id IN (SELECT id FROM table_changes ORDER BY id LIMIT :limit)
RETURNING id, workspace_id, app_id, table_name, kind, actions, changed, depth, at;
