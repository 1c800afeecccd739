-- name: insert
INSERT INTO events (workspace_id, kind, entity, entity_id, actor, at, data)
SELECT value ->> 'workspace_id', value ->> 'kind', value ->> 'entity', value ->> 'entity_id',
       value ->> 'actor', :now, value ->> 'data'
FROM json_each(:rows);

-- name: list_for
SELECT * FROM events
WHERE workspace_id = :workspace_id AND entity = :entity AND entity_id = :entity_id AND id > :after_id
ORDER BY id
LIMIT :limit;

-- name: latest_for
SELECT * FROM events
WHERE workspace_id = :workspace_id AND entity = :entity AND entity_id = :entity_id
ORDER BY id DESC
LIMIT :limit;

-- name: follow
SELECT * FROM events
WHERE workspace_id = :workspace_id AND id > :after_id
ORDER BY id
LIMIT :limit;

-- name: last
SELECT COALESCE(MAX(id), 0) AS id FROM events WHERE workspace_id = :workspace_id;

-- name: prune
-- Tasks take their events with them; this is for the events of everything else.
DELETE FROM events
WHERE id IN (SELECT id FROM events WHERE at < :before AND entity <> 'task' ORDER BY id LIMIT :limit);

-- name: search_back
SELECT e.* FROM (SELECT * FROM events n WHERE n.id < :place ORDER BY n.id DESC LIMIT :window) e
WHERE e.workspace_id = :workspace_id
  AND (:kind = '' OR e.kind = :kind) AND (:entity = '' OR e.entity = :entity)
  AND (:entity_id = '' OR e.entity_id = :entity_id)
ORDER BY e.id DESC
LIMIT :limit;

-- name: search_on
SELECT e.* FROM (SELECT * FROM events n WHERE n.id > :place ORDER BY n.id LIMIT :window) e
WHERE e.workspace_id = :workspace_id
  AND (:kind = '' OR e.kind = :kind) AND (:entity = '' OR e.entity = :entity)
  AND (:entity_id = '' OR e.entity_id = :entity_id)
ORDER BY e.id
LIMIT :limit;

-- name: looked_back
SELECT COUNT(*) AS events, MIN(id) AS last
FROM (SELECT n.id FROM events n WHERE n.id < :place ORDER BY n.id DESC LIMIT :window) w;

-- name: looked_on
SELECT COUNT(*) AS events, MAX(id) AS last
FROM (SELECT n.id FROM events n WHERE n.id > :place ORDER BY n.id LIMIT :window) w;
