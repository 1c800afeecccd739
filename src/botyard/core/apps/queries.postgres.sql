-- name: lock_workspace
-- SQLite has one writer; here two new apps would be given one id. Rows that refer to the workspace can go on.
SELECT id FROM workspaces WHERE id = :workspace_id FOR NO KEY UPDATE
