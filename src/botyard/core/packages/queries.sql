-- name: lock_package
-- The update changes nothing: it takes the row's lock, or makes the row.
INSERT INTO packages (id, workspace_id, name, dialect, released, created_at)
VALUES (:id, :workspace_id, :name, :dialect, NULL, :created_at)
ON CONFLICT (workspace_id, name) DO UPDATE SET dialect = excluded.dialect
RETURNING *

-- name: find_package
SELECT * FROM packages WHERE workspace_id = :workspace_id AND name = :name

-- name: get_version
SELECT * FROM package_versions WHERE package_id = :package_id AND version = :version

-- name: find_same
-- The released version first, where the same bytes have several names.
SELECT v.* FROM package_versions v
JOIN packages p ON p.id = v.package_id
WHERE v.package_id = :package_id AND v.digest = :digest
ORDER BY CASE WHEN p.released = v.version THEN 0 ELSE 1 END, v.created_at DESC, v.version DESC
LIMIT 1

-- name: create_version
INSERT INTO package_versions
    (workspace_id, package_id, version, dialect, digest, size, entry, manifest, created_at, created_by)
VALUES
    (:workspace_id, :package_id, :version, :dialect, :digest, :size, :entry, :manifest, :created_at, :created_by)
RETURNING *

-- name: version_names
SELECT version FROM package_versions WHERE package_id = :package_id

-- name: list_versions
SELECT * FROM package_versions
WHERE package_id = :package_id AND (created_at, version) < (:at, :name)
ORDER BY created_at DESC, version DESC
LIMIT :limit

-- name: find_by_digest
SELECT * FROM package_versions WHERE workspace_id = :workspace_id AND digest = :digest
ORDER BY created_at DESC, version DESC LIMIT 1

-- name: referenced
SELECT DISTINCT digest FROM package_versions WHERE digest IN (SELECT value FROM json_each(:digests))

-- name: release
UPDATE packages SET released = :version
WHERE id = :package_id
  AND EXISTS (SELECT 1 FROM package_versions v WHERE v.package_id = packages.id AND v.version = :version)

-- name: rename_version
UPDATE package_versions SET version = :name WHERE package_id = :package_id AND version = :version

-- name: is_running
-- Only attempts that are alive are looked at, and tasks that wait for this very version; those are few.
SELECT 1 AS one FROM attempts x
JOIN package_versions v ON v.workspace_id = x.workspace_id AND v.digest = x.package_digest
WHERE x.ended_at IS NULL AND v.package_id = :package_id AND v.version = :version
  AND NOT EXISTS (SELECT 1 FROM package_versions o
                  WHERE o.workspace_id = v.workspace_id AND o.digest = v.digest
                    AND NOT (o.package_id = v.package_id AND o.version = v.version))
UNION ALL
SELECT 1 AS one FROM tasks t
WHERE t.automation_id IN (SELECT a.id FROM automations a WHERE a.package_id = :package_id)
  AND t.package_version = :version AND t.state IN ('preparing', 'queued', 'leased', 'running')
LIMIT 1

-- name: unrelease
UPDATE packages SET released = NULL WHERE id = :package_id AND released = :version

-- name: delete_version
DELETE FROM package_versions WHERE package_id = :package_id AND version = :version
