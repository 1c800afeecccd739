-- name: referenced
-- PostgreSQL has no json_each over an array of texts.
SELECT DISTINCT digest FROM package_versions
WHERE digest IN (SELECT jsonb_array_elements_text(CAST(:digests AS jsonb)))
