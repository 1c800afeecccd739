-- name: claim
-- A choice with a limit must be made once, hence MATERIALIZED; rows that another server just takes are skipped.
WITH chosen AS MATERIALIZED (
    SELECT id FROM deliveries
    WHERE state = 'queued' AND due_at <= :now AND (lease_until IS NULL OR lease_until < :now)
    ORDER BY due_at, id
    LIMIT :limit
    FOR UPDATE SKIP LOCKED)
UPDATE deliveries SET attempts = attempts + 1, holder = :holder, lease_until = :lease_until, updated_at = :now
WHERE id IN (SELECT id FROM chosen)
RETURNING id;

-- name: outgoing
-- PostgreSQL reads a JSON array with its own function.
SELECT d.id, d.attempts AS attempt, d.message_id, d.address, m.subject, m.body, m.plain, m.format, m.created_at
FROM deliveries d JOIN messages m ON m.id = d.message_id
WHERE d.id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) r (value))
ORDER BY d.due_at, d.id;
