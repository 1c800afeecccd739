-- name: hold
-- The task, unless the attempt that reports was replaced.
SELECT t.id, t.automation_id, x.package_version
FROM tasks t
LEFT JOIN attempts x ON x.task_id = t.id AND x.epoch = t.epoch
WHERE t.id = :task_id
  AND t.workspace_id = :workspace_id
  AND (CAST(:attempt AS TEXT) IS NULL OR (x.id = :attempt AND x.state NOT IN ('lost', 'released')));

-- name: count
INSERT INTO error_groups (workspace_id, automation_id, fingerprint, type, message, place, total, first_seen, last_seen,
                          last_task_id)
VALUES (:workspace_id, :automation_id, :fingerprint, :type, :message, :place, 1, :now, :now, :task_id)
ON CONFLICT (workspace_id, automation_id, fingerprint) DO UPDATE
SET total = error_groups.total + 1, message = excluded.message, place = excluded.place, last_seen = excluded.last_seen,
    last_task_id = excluded.last_task_id
RETURNING id;

-- name: insert
INSERT INTO errors (workspace_id, task_id, group_id, package_version, type, message, stack, language, tags, created_at,
                    created_by)
VALUES (:workspace_id, :task_id, :group_id, :package_version, :type, :message, :stack, :language, :tags, :now, :actor)
RETURNING id;

-- name: recent
-- The newest reports of a fault, by bucket of time.
SELECT number, COUNT(*) AS total
FROM (SELECT created_at / CAST(:bucket AS BIGINT) AS number, created_at FROM errors
      WHERE group_id = :group_id ORDER BY id DESC LIMIT :cap) AS newest
WHERE created_at >= :since
GROUP BY number;

-- name: resolve
UPDATE error_groups SET resolved_at = :now, resolved_by = :actor
WHERE id = :group_id AND workspace_id = :workspace_id AND resolved_at IS NULL;

-- name: reopen
UPDATE error_groups SET resolved_at = NULL, resolved_by = NULL
WHERE id = :group_id AND workspace_id = :workspace_id AND resolved_at IS NOT NULL;

-- name: drop_screenshot
DELETE FROM error_files WHERE error_id = :error_id AND kind = 'screenshot';

-- name: attach
INSERT INTO error_files (workspace_id, error_id, kind, name, media_type, digest, size, created_at)
VALUES (:workspace_id, :error_id, :kind, :name, :media_type, :digest, :size, :now)
RETURNING id;

-- name: referenced
SELECT DISTINCT digest FROM error_files WHERE digest IN (SELECT value FROM json_each(:digests));

-- name: prune_groups
DELETE FROM error_groups
WHERE id IN (
    SELECT g.id FROM error_groups g
    WHERE g.last_seen < :before AND NOT EXISTS (SELECT 1 FROM errors e WHERE e.group_id = g.id)
    LIMIT :limit);

-- name: newest
SELECT COALESCE(MAX(id), 0) AS id FROM errors WHERE workspace_id = :workspace_id;
