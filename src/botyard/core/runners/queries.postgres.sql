-- name: get
-- PostgreSQL spells GROUP_CONCAT as STRING_AGG; the same below.
SELECT r.*, (SELECT COUNT(*) FROM attempts x WHERE x.runner_id = r.id AND x.ended_at IS NULL) AS busy,
       (SELECT STRING_AGG(CAST(x.task_id AS text), ',') FROM attempts x WHERE x.runner_id = r.id AND x.ended_at IS NULL) AS running
FROM runners r
WHERE r.workspace_id = :workspace_id AND r.id = :runner_id;

-- name: list_all
-- GROUP_CONCAT is called STRING_AGG here, and takes text only.
SELECT r.*, (SELECT COUNT(*) FROM attempts x WHERE x.runner_id = r.id AND x.ended_at IS NULL) AS busy,
       (SELECT STRING_AGG(CAST(x.task_id AS text), ',') FROM attempts x WHERE x.runner_id = r.id AND x.ended_at IS NULL) AS running
FROM runners r
WHERE r.workspace_id = :workspace_id
ORDER BY r.seen_at DESC, r.id
LIMIT :limit OFFSET :offset;

-- name: by_names
-- STRING_AGG once more.
SELECT r.*, (SELECT COUNT(*) FROM attempts x WHERE x.runner_id = r.id AND x.ended_at IS NULL) AS busy,
       (SELECT STRING_AGG(CAST(x.task_id AS text), ',') FROM attempts x WHERE x.runner_id = r.id AND x.ended_at IS NULL) AS running
FROM runners r
WHERE r.workspace_id = :workspace_id AND r.name >= :after_name AND (r.name > :after_name OR r.id > :after_id)
  AND (CAST(:label AS TEXT) IS NULL OR r.label = :label)
ORDER BY r.name, r.id
LIMIT :limit;
