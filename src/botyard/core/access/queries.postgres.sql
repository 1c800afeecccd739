-- name: lock_members
-- Until the end of the transaction; changes of who administers a workspace come one after the other.
SELECT id FROM workspaces WHERE id = :workspace_id FOR NO KEY UPDATE
