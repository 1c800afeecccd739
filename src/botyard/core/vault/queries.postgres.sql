-- name: lock_state
-- Two rotations at once take turns.
SELECT root_id, check_value, rotating_since, rotated_at FROM vault WHERE id = 1 FOR UPDATE;

-- name: lock_key
-- Whoever puts a secret updates the row of the key first, and so waits until the rotation's step is over.
SELECT term FROM vault_keys WHERE workspace_id = :workspace_id AND term = :term FOR UPDATE;

-- name: read
-- Lists come as JSON: jsonb_array_elements_text instead of json_each.
SELECT v.name, v.version, v.term, v.wrapped_key, v.content, k.root_id, k.wrapped_key AS wrapping_key
FROM vault_values v
JOIN vault_keys k ON k.workspace_id = v.workspace_id AND k.term = v.term
WHERE v.workspace_id = :workspace_id AND v.name IN (SELECT jsonb_array_elements_text(CAST(:names AS jsonb)));

-- name: forget
-- Lists come as JSON: jsonb_array_elements_text instead of json_each.
DELETE FROM vault_values
WHERE workspace_id = :workspace_id AND name IN (SELECT jsonb_array_elements_text(CAST(:names AS jsonb)))
  AND NOT EXISTS (
      SELECT 1 FROM replaced_secrets r
      WHERE r.workspace_id = vault_values.workspace_id AND r.name = vault_values.name);
