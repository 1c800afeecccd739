-- name: put
INSERT INTO cache_entries (workspace_id, app_id, key, value, size, expires_at, updated_at)
VALUES (:workspace_id, :app_id, :key, :value, :size, :expires_at, :now)
ON CONFLICT (workspace_id, app_id, key) DO UPDATE
SET value = excluded.value, size = excluded.size, expires_at = excluded.expires_at, updated_at = excluded.updated_at;

-- name: get
SELECT value, expires_at FROM cache_entries
WHERE workspace_id = :workspace_id AND app_id = :app_id AND key = :key AND (expires_at IS NULL OR expires_at > :now);

-- name: delete
DELETE FROM cache_entries
WHERE (workspace_id, app_id, key) IN (SELECT k.value ->> 0, k.value ->> 1, k.value ->> 2 FROM json_each(:keys) k)
RETURNING workspace_id, app_id, key, expires_at;

-- name: delete_expired
DELETE FROM cache_entries
WHERE (workspace_id, app_id, key) IN (
    SELECT e.workspace_id, e.app_id, e.key FROM cache_entries e WHERE e.expires_at <= :now LIMIT :limit);

-- name: trim
-- The sums come from the index by age alone; only what is too much is looked at in the table.
DELETE FROM cache_entries
WHERE (workspace_id, app_id, key) IN (
    SELECT c.workspace_id, c.app_id, c.key
    FROM (SELECT e.workspace_id, e.app_id, e.key, e.updated_at,
                 SUM(e.size) OVER (PARTITION BY e.workspace_id ORDER BY e.updated_at DESC
                                   ROWS UNBOUNDED PRECEDING) AS total
          FROM cache_entries e) c
    WHERE c.total > :max_size
    ORDER BY c.updated_at
    LIMIT :limit);
