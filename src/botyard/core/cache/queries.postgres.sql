-- name: delete
-- PostgreSQL has its own functions to read a JSON array.
DELETE FROM cache_entries e
USING jsonb_array_elements(CAST(:keys AS jsonb)) k (value)
WHERE e.workspace_id = CAST(k.value ->> 0 AS bigint) AND e.app_id = CAST(k.value ->> 1 AS bigint)
  AND e.key = k.value ->> 2
RETURNING e.workspace_id, e.app_id, e.key, e.expires_at;
