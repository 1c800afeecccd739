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
WHERE id IN (
    SELECT e.id FROM json_each(:keys) k
    JOIN cache_entries e ON e.workspace_id = k.value ->> 0 AND e.app_id = k.value ->> 1 AND e.key = k.value ->> 2)
RETURNING workspace_id, app_id, key, expires_at;

-- name: delete_expired
DELETE FROM cache_entries
WHERE id IN (SELECT e.id FROM cache_entries e WHERE e.expires_at <= :now LIMIT :limit);

-- name: trim
-- The sums come from the index by age alone; only what is too much is looked at in the table.
DELETE FROM cache_entries
WHERE id IN (
    SELECT c.id
    FROM (SELECT e.id, e.updated_at,
                 SUM(e.size) OVER (PARTITION BY e.workspace_id ORDER BY e.updated_at DESC
                                   ROWS UNBOUNDED PRECEDING) AS total
          FROM cache_entries e) c
    WHERE c.total > :max_size
    ORDER BY c.updated_at
    LIMIT :limit);

-- name: list_keys
SELECT key, size, expires_at, updated_at FROM cache_entries
WHERE workspace_id = :workspace_id AND app_id = :app_id AND key > :after
  AND SUBSTR(key, 1, LENGTH(CAST(:prefix AS TEXT))) = CAST(:prefix AS TEXT)
  AND (expires_at IS NULL OR expires_at > :now)
ORDER BY key
LIMIT :limit;
