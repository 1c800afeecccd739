-- name: hold
-- SQLite has one writer; here this waits for tasks that are being made, so that they are seen, and holds up others.
SELECT id FROM automations WHERE workspace_id = :workspace_id AND label = :label FOR UPDATE
