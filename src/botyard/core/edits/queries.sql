-- name: lock
-- One writer at a time anyway.
SELECT :name AS name;
