-- name: search
-- Lists come as JSON: jsonb_array_elements_text instead of json_each.
SELECT id, workspace_id, label, folder, created_at, created_by, updated_at
FROM credentials
WHERE workspace_id = :workspace_id AND label > :after
  AND (CAST(:any_label AS BIGINT) = 1 OR label IN (SELECT jsonb_array_elements_text(CAST(:labels AS jsonb))))
ORDER BY label
LIMIT :limit;

-- name: keys
-- Lists come as JSON: jsonb_array_elements_text instead of json_each.
SELECT credential_id, name, version, updated_at, updated_by, read_at, read_by
FROM credential_keys
WHERE credential_id IN (SELECT CAST(jsonb_array_elements_text(CAST(:ids AS jsonb)) AS BIGINT))
ORDER BY credential_id, position, name;
