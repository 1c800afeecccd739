-- name: record
INSERT INTO audit (workspace_id, actor, action, target, verdict, address, request_id, at, data)
VALUES (:workspace_id, :actor, :action, :target, :verdict, :address, :request_id, :now, :data)

-- name: list_for
SELECT id, workspace_id, actor, action, target, verdict, address, request_id, at, data
FROM audit
WHERE workspace_id = :workspace_id AND id < :before_id
ORDER BY id DESC
LIMIT :limit

-- name: latest
-- Rows of all workspaces and of none, for the operator of the server.
SELECT id, workspace_id, actor, action, target, verdict, address, request_id, at, data
FROM audit
ORDER BY id DESC
LIMIT :limit

-- name: search
-- No index by target: a row costs less to write than it would, and the newest ones are what is asked for.
SELECT id, workspace_id, actor, action, target, verdict, address, request_id, at, data
FROM (SELECT * FROM audit WHERE workspace_id = :workspace_id ORDER BY id DESC LIMIT :window) newest
WHERE action = :action AND target = :target AND at >= :since
ORDER BY id DESC
LIMIT :limit

-- name: newest
SELECT COALESCE(MAX(id), 0) AS id FROM audit WHERE workspace_id = :workspace_id
