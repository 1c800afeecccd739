-- name: lock
-- Until the end of the transaction; edits of one thing come one after the other.
SELECT pg_advisory_xact_lock(hashtextextended(:name, 20261125)) IS NULL AS name;
