-- name: drop_expired
DELETE FROM replies WHERE workspace_id = :workspace_id AND key_hash = :key_hash AND expires_at <= :now;

-- name: claim
INSERT INTO replies (workspace_id, key_hash, fingerprint, holder, state, expires_at)
VALUES (:workspace_id, :key_hash, :fingerprint, :holder, 'pending', :expires_at)
ON CONFLICT DO NOTHING
RETURNING holder;

-- name: reply
SELECT fingerprint, holder, reply, state FROM replies WHERE workspace_id = :workspace_id AND key_hash = :key_hash;

-- name: keep
UPDATE replies SET state = :state, reply = :reply, expires_at = :expires_at
WHERE workspace_id = :workspace_id AND key_hash = :key_hash AND holder = :holder AND state = 'pending';

-- name: drop
DELETE FROM replies
WHERE workspace_id = :workspace_id AND key_hash = :key_hash AND holder = :holder AND state = 'pending';

-- name: delete_expired
DELETE FROM replies
WHERE (workspace_id, key_hash) IN (
    SELECT workspace_id, key_hash FROM replies WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit);

-- name: last_kept
SELECT expires_at FROM replies ORDER BY expires_at DESC LIMIT 1 OFFSET :most;
