-- name: find_interface
SELECT * FROM plugin_interfaces WHERE workspace_id = :workspace_id AND namespace = :namespace

-- name: interfaces
SELECT * FROM plugin_interfaces
WHERE workspace_id = :workspace_id AND namespace > :after ORDER BY namespace LIMIT :limit

-- name: create_interface
INSERT INTO plugin_interfaces
    (workspace_id, namespace, title, capabilities, code, created_at, created_by, updated_at)
VALUES (:workspace_id, :namespace, :title, :capabilities, :code, :now, :actor, :now)
ON CONFLICT (workspace_id, namespace) DO NOTHING
RETURNING *

-- name: update_interface
UPDATE plugin_interfaces SET title = :title, capabilities = :capabilities, code = :code,
    version = version + 1, updated_at = :now
WHERE id = :id AND version = :version
RETURNING *

-- name: delete_interface
DELETE FROM plugin_interfaces WHERE workspace_id = :workspace_id AND namespace = :namespace RETURNING id

-- name: room
SELECT COUNT(*) AS total, COALESCE(SUM(x.size), 0) AS size
FROM (SELECT LENGTH(code) AS size FROM plugin_interfaces WHERE workspace_id = :workspace_id
      UNION ALL
      SELECT LENGTH(code) AS size FROM plugins WHERE workspace_id = :workspace_id) x

-- name: count
SELECT COUNT(*) AS total
FROM plugins p
JOIN plugin_interfaces i ON i.id = p.interface_id
WHERE p.workspace_id = :workspace_id AND i.namespace = :namespace AND p.enabled = 1

-- name: plugins
SELECT p.*, i.namespace, i.title, i.capabilities, i.code AS shared, g.key AS integration, g.name AS integration_name
FROM plugins p
JOIN plugin_interfaces i ON i.id = p.interface_id
JOIN integrations g ON g.id = p.integration_id
WHERE p.workspace_id = :workspace_id AND p.id > :after
  AND (CAST(:namespace AS text) IS NULL OR i.namespace = :namespace)
  AND (CAST(:integration AS text) IS NULL OR g.key = :integration)
  AND (:all = 1 OR p.enabled = 1)
ORDER BY p.id LIMIT :limit OFFSET :offset

-- name: find_plugin
SELECT p.*, i.namespace, i.title, i.capabilities, i.code AS shared, g.key AS integration, g.name AS integration_name
FROM plugins p
JOIN plugin_interfaces i ON i.id = p.interface_id
JOIN integrations g ON g.id = p.integration_id
WHERE p.workspace_id = :workspace_id AND i.namespace = :namespace AND g.key = :integration

-- name: get_plugin
SELECT p.*, i.namespace, i.title, i.capabilities, i.code AS shared, g.key AS integration, g.name AS integration_name
FROM plugins p
JOIN plugin_interfaces i ON i.id = p.interface_id
JOIN integrations g ON g.id = p.integration_id
WHERE p.workspace_id = :workspace_id AND p.id = :id

-- name: create_plugin
INSERT INTO plugins (workspace_id, interface_id, integration_id, enabled, code, created_at, created_by, updated_at)
VALUES (:workspace_id, :interface_id, :integration_id, :enabled, :code, :now, :actor, :now)
ON CONFLICT (interface_id, integration_id) DO NOTHING
RETURNING id

-- name: update_plugin
UPDATE plugins SET enabled = :enabled, code = :code, version = version + :grown, updated_at = :now
WHERE id = :id AND version = :version
RETURNING id

-- name: delete_plugin
DELETE FROM plugins WHERE workspace_id = :workspace_id AND id = :id RETURNING id

-- name: add_version
INSERT INTO plugin_versions (kind, owner_id, version, code, at, actor)
VALUES (:kind, :owner_id, :version, :code, :now, :actor)

-- name: drop_versions
DELETE FROM plugin_versions WHERE kind = :kind AND owner_id = :owner_id

-- name: drop_versions_of_plugins
DELETE FROM plugin_versions
WHERE kind = 'plugin' AND owner_id IN (SELECT id FROM plugins WHERE interface_id = :interface_id)

-- name: versions
SELECT version, code, at, actor FROM plugin_versions
WHERE kind = :kind AND owner_id = :owner_id AND version < :before ORDER BY version DESC LIMIT :limit
