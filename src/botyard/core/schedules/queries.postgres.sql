-- name: lock
-- PostgreSQL has many writers: the row is held until the transaction ends.
SELECT id FROM schedules WHERE workspace_id = :workspace_id AND id = :schedule_id FOR UPDATE;

-- name: due
-- Two servers that look at once take different schedules.
SELECT s.id, s.workspace_id, s.next_at
FROM schedules s
WHERE s.active = 1 AND s.next_at IS NOT NULL AND s.next_at <= :now
ORDER BY s.next_at
LIMIT :limit
FOR UPDATE SKIP LOCKED;
