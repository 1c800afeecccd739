-- name: declared
SELECT id, slug, name FROM folders WHERE workspace_id = :workspace_id ORDER BY name LIMIT :limit;

-- name: used
-- Few automations, assets and credentials make even fewer folders.
SELECT folder AS name FROM automations WHERE workspace_id = :workspace_id
UNION SELECT folder FROM assets WHERE workspace_id = :workspace_id
UNION SELECT folder FROM credentials WHERE workspace_id = :workspace_id
UNION SELECT folder FROM queues WHERE workspace_id = :workspace_id AND deleted_at IS NULL
UNION SELECT folder FROM log_tables WHERE workspace_id = :workspace_id AND deleted_at IS NULL
LIMIT :limit;

-- name: create
INSERT INTO folders (id, workspace_id, slug, name, created_at, created_by)
VALUES (:id, :workspace_id, :slug, :name, :now, :actor);

-- name: contents
SELECT folder AS name, 'automations' AS kind, COUNT(*) AS total
FROM automations WHERE workspace_id = :workspace_id GROUP BY folder
UNION ALL SELECT folder, 'queues', COUNT(*)
FROM queues WHERE workspace_id = :workspace_id AND deleted_at IS NULL GROUP BY folder
UNION ALL SELECT folder, 'assets', COUNT(*) FROM assets WHERE workspace_id = :workspace_id GROUP BY folder
UNION ALL SELECT folder, 'credentials', COUNT(*) FROM credentials WHERE workspace_id = :workspace_id GROUP BY folder
UNION ALL SELECT folder, 'log_tables', COUNT(*)
FROM log_tables WHERE workspace_id = :workspace_id AND deleted_at IS NULL GROUP BY folder;

-- name: rename
UPDATE folders SET name = :name WHERE id = :id;

-- name: move_automations
UPDATE automations SET folder = :new WHERE workspace_id = :workspace_id AND folder = :old;

-- name: move_queues
UPDATE queues SET folder = :new WHERE workspace_id = :workspace_id AND folder = :old;

-- name: move_assets
UPDATE assets SET folder = :new WHERE workspace_id = :workspace_id AND folder = :old;

-- name: move_credentials
UPDATE credentials SET folder = :new WHERE workspace_id = :workspace_id AND folder = :old;

-- name: move_log_tables
UPDATE log_tables SET folder = :new WHERE workspace_id = :workspace_id AND folder = :old;

-- name: delete
DELETE FROM folders
WHERE id = :id
  AND NOT EXISTS (SELECT 1 FROM automations WHERE workspace_id = :workspace_id AND folder = :name)
  AND NOT EXISTS (SELECT 1 FROM queues WHERE workspace_id = :workspace_id AND folder = :name AND deleted_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM assets WHERE workspace_id = :workspace_id AND folder = :name)
  AND NOT EXISTS (SELECT 1 FROM credentials WHERE workspace_id = :workspace_id AND folder = :name)
  AND NOT EXISTS (SELECT 1 FROM log_tables WHERE workspace_id = :workspace_id AND folder = :name AND deleted_at IS NULL);
