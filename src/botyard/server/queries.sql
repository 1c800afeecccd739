-- name: last_tick
SELECT ticked_at FROM loops WHERE name = :name

-- name: lead
-- One server leads a loop for as long as it ticks. A lease far in the future comes from a clock that was set back.
INSERT INTO loops (name, holder, lease_until, ticked_at) VALUES (:name, :holder, :lease_until, :now)
ON CONFLICT (name) DO UPDATE
SET holder = excluded.holder, lease_until = excluded.lease_until, ticked_at = excluded.ticked_at
WHERE loops.holder = excluded.holder OR loops.lease_until < :now OR loops.lease_until > :implausible
RETURNING name

-- name: resign
DELETE FROM loops WHERE holder = :holder
