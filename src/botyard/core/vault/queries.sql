-- name: state
SELECT root_id, check_value, rotating_since, rotated_at FROM vault WHERE id = 1;

-- name: lock_state
SELECT root_id, check_value, rotating_since, rotated_at FROM vault WHERE id = 1;

-- name: begin
INSERT INTO vault (id, root_id, check_value) VALUES (1, :root_id, :check_value) ON CONFLICT DO NOTHING;

-- name: root_ids
SELECT DISTINCT root_id FROM vault_keys;

-- name: use_key
UPDATE vault_keys SET uses = uses + :uses
WHERE workspace_id = :workspace_id
  AND term = (SELECT MAX(k.term) FROM vault_keys k WHERE k.workspace_id = :workspace_id)
RETURNING term, root_id, wrapped_key, uses;

-- name: last_term
SELECT MAX(term) AS term FROM vault_keys WHERE workspace_id = :workspace_id;

-- name: add_key
INSERT INTO vault_keys (workspace_id, term, root_id, wrapped_key, created_at)
VALUES (:workspace_id, :term, :root_id, :wrapped_key, :now)
ON CONFLICT DO NOTHING;

-- name: put
INSERT INTO vault_values (workspace_id, name, version, term, algorithm, wrapped_key, content, created_at)
VALUES (:workspace_id, :name, :version, :term, :algorithm, :wrapped_key, :content, :now)
ON CONFLICT (workspace_id, name) DO UPDATE
SET version = excluded.version, term = excluded.term, algorithm = excluded.algorithm,
    wrapped_key = excluded.wrapped_key, content = excluded.content, created_at = excluded.created_at;

-- name: read
-- One statement, so that a rotation between two of them cannot part a secret from the key that opens it.
SELECT v.name, v.version, v.term, v.wrapped_key, v.content, k.root_id, k.wrapped_key AS wrapping_key
FROM vault_values v
JOIN vault_keys k ON k.workspace_id = v.workspace_id AND k.term = v.term
WHERE v.workspace_id = :workspace_id AND v.name IN (SELECT value FROM json_each(:names));

-- name: forget
-- What an attempt still has to hide stays until it writes no more.
DELETE FROM vault_values
WHERE workspace_id = :workspace_id AND name IN (SELECT value FROM json_each(:names))
  AND NOT EXISTS (
      SELECT 1 FROM replaced_secrets r
      WHERE r.workspace_id = vault_values.workspace_id AND r.name = vault_values.name);

-- name: note_replaced
INSERT INTO replaced_secrets (attempt_id, name, workspace_id) VALUES (:attempt_id, :name, :workspace_id)
ON CONFLICT DO NOTHING;

-- name: is_known
SELECT 1 AS known FROM replaced_secrets WHERE workspace_id = :workspace_id AND name = :name LIMIT 1;

-- name: rename_replaced
UPDATE replaced_secrets SET name = :aside WHERE workspace_id = :workspace_id AND name = :name;

-- name: replaced_for
SELECT name, workspace_id FROM replaced_secrets WHERE attempt_id = :attempt_id;

-- name: drop_replaced
DELETE FROM replaced_secrets
WHERE (attempt_id, name) IN (
    SELECT r.attempt_id, r.name
    FROM replaced_secrets r
    LEFT JOIN attempts a ON a.id = r.attempt_id
    WHERE a.id IS NULL OR (a.ended_at IS NOT NULL AND (a.log_complete = 1 OR a.ended_at < :before))
    LIMIT :limit)
RETURNING name, workspace_id;

-- name: begin_rotation
UPDATE vault SET root_id = :root_id, check_value = :check_value, rotating_since = :now
WHERE id = 1 AND rotating_since IS NULL;

-- name: end_rotation
UPDATE vault SET rotating_since = NULL, rotated_at = :now WHERE id = 1 AND rotating_since IS NOT NULL;

-- name: old_keys
SELECT workspace_id, term, root_id, wrapped_key FROM vault_keys
WHERE created_at < :since OR root_id <> :root_id
ORDER BY workspace_id, term
LIMIT :limit;

-- name: newest_key
SELECT term FROM vault_keys
WHERE workspace_id = :workspace_id AND created_at >= :since AND root_id = :root_id
  AND term = (SELECT MAX(k.term) FROM vault_keys k WHERE k.workspace_id = :workspace_id);

-- name: lock_key
SELECT term FROM vault_keys WHERE workspace_id = :workspace_id AND term = :term;

-- name: of_term
SELECT name, version, wrapped_key FROM vault_values
WHERE workspace_id = :workspace_id AND term = :term
ORDER BY name
LIMIT :limit;

-- name: rewrap
UPDATE vault_values SET term = :term, wrapped_key = :wrapped_key
WHERE workspace_id = :workspace_id AND name = :name AND version = :version AND term = :old_term;

-- name: drop_key
DELETE FROM vault_keys
WHERE workspace_id = :workspace_id AND term = :term
  AND NOT EXISTS (
      SELECT 1 FROM vault_values v WHERE v.workspace_id = vault_keys.workspace_id AND v.term = vault_keys.term);

-- name: left
SELECT COUNT(DISTINCT k.workspace_id || '/' || k.term) AS keys, COUNT(v.name) AS secrets
FROM vault_keys k
LEFT JOIN vault_values v ON v.workspace_id = k.workspace_id AND v.term = k.term
WHERE k.created_at < :since OR k.root_id <> :root_id;
