-- name: take
-- SKIP LOCKED lets servers start side by side; materialised because a plan may run a limited subquery more than once.
WITH chosen AS MATERIALIZED (
    SELECT id FROM table_changes ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED)
DELETE FROM table_changes USING chosen WHERE table_changes.id = chosen.id
RETURNING table_changes.id, workspace_id, app_id, table_name, kind, actions, changed, depth, at;
