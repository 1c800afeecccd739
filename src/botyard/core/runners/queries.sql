-- name: insert
INSERT INTO runners (id, workspace_id, name, label, slots, host, os, version, embedded, created_at, seen_at)
VALUES (:id, :workspace_id, :name, :label, :slots, :host, :os, :version, :embedded, :now, :now);

-- name: get
SELECT r.*, (SELECT COUNT(*) FROM attempts x WHERE x.runner_id = r.id AND x.ended_at IS NULL) AS busy,
       (SELECT GROUP_CONCAT(x.task_id, ',') FROM attempts x WHERE x.runner_id = r.id AND x.ended_at IS NULL) AS running
FROM runners r
WHERE r.workspace_id = :workspace_id AND r.id = :runner_id;

-- name: by_name
SELECT id FROM runners
WHERE workspace_id = :workspace_id AND (id = :name OR name = :name)
ORDER BY CASE WHEN id = :name THEN 0 ELSE 1 END, seen_at DESC, id
LIMIT 1;

-- name: list_all
SELECT r.*, (SELECT COUNT(*) FROM attempts x WHERE x.runner_id = r.id AND x.ended_at IS NULL) AS busy,
       (SELECT GROUP_CONCAT(x.task_id, ',') FROM attempts x WHERE x.runner_id = r.id AND x.ended_at IS NULL) AS running
FROM runners r
WHERE r.workspace_id = :workspace_id
ORDER BY r.seen_at DESC, r.id
LIMIT :limit OFFSET :offset;

-- name: by_names
SELECT r.*, (SELECT COUNT(*) FROM attempts x WHERE x.runner_id = r.id AND x.ended_at IS NULL) AS busy,
       (SELECT GROUP_CONCAT(x.task_id, ',') FROM attempts x WHERE x.runner_id = r.id AND x.ended_at IS NULL) AS running
FROM runners r
WHERE r.workspace_id = :workspace_id AND r.name >= :after_name AND (r.name > :after_name OR r.id > :after_id)
  AND (CAST(:label AS TEXT) IS NULL OR r.label = :label)
ORDER BY r.name, r.id
LIMIT :limit;

-- name: count
SELECT COUNT(*) AS total FROM (SELECT 1 AS one FROM runners WHERE workspace_id = :workspace_id LIMIT 10000) AS c;

-- name: in_service
SELECT id FROM runners
WHERE workspace_id = :workspace_id AND draining = :draining AND id > :after_id
  AND (CAST(:label AS TEXT) IS NULL OR label = :label)
ORDER BY id
LIMIT :limit;

-- name: drain
UPDATE runners SET draining = :draining WHERE workspace_id = :workspace_id AND id = :runner_id RETURNING id;

-- name: forget
-- Its attempts keep their rows; the view shows them without a runner's name.
DELETE FROM runners
WHERE workspace_id = :workspace_id AND id = :runner_id
  AND NOT EXISTS (SELECT 1 FROM attempts x WHERE x.runner_id = runners.id AND x.ended_at IS NULL)
RETURNING id;
