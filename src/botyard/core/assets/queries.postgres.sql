-- name: search
-- PostgreSQL has its own functions to read a JSON array.
SELECT * FROM assets
WHERE workspace_id = :workspace_id AND (name, folder) > (:name, :place)
  AND LOWER(name) LIKE :pattern ESCAPE '!'
  AND (:any_folder = 1 OR folder = :folder)
  AND (:any_name = 1 OR name IN (SELECT value FROM jsonb_array_elements_text(CAST(:names AS jsonb)) r (value)))
ORDER BY name, folder
LIMIT :limit;
