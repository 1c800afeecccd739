-- name: referenced
-- PostgreSQL has its own functions to read a JSON array.
SELECT DISTINCT digest FROM app_files
WHERE digest IN (SELECT value FROM jsonb_array_elements_text(CAST(:digests AS jsonb)) d (value))
