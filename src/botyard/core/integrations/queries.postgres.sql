-- name: connections
-- Lists come as JSON: jsonb_array_elements instead of json_each, json_agg instead of json_group_array; so in all below.
SELECT c.id, c.workspace_id, c.integration_id, c.name, c.uid, c.builtin, c.every_app, c.concurrency,
       c.calls_per_minute, c.secret_version, c.token_expires_at, c.broken, c.created_at, c.created_by, c.updated_at,
       c.read_at, c.read_by,
       (SELECT COALESCE(json_agg(a.app_id), '[]')::text FROM connection_apps a WHERE a.connection_id = c.id) AS apps
FROM connections c
WHERE c.workspace_id = :workspace_id AND c.integration_id = :integration_id AND c.id > :after
ORDER BY c.id
LIMIT :limit;

-- name: enabled
SELECT c.id, c.name, c.integration_id, i.key
FROM connections c
JOIN integrations i ON i.id = c.integration_id
WHERE c.workspace_id = :workspace_id
  AND i.id IN (SELECT CAST(v AS BIGINT) FROM jsonb_array_elements_text(CAST(:integrations AS jsonb)) v)
  AND (CAST(:any_app AS BIGINT) = 1 OR c.every_app = 1
       OR EXISTS (SELECT 1 FROM connection_apps a WHERE a.connection_id = c.id AND a.app_id = CAST(:app_id AS BIGINT)))
ORDER BY c.id
LIMIT :limit;

-- name: connection
-- json_agg instead of json_group_array.
SELECT c.id, c.workspace_id, c.integration_id, c.name, c.uid, c.builtin, c.every_app, c.concurrency,
       c.calls_per_minute, c.secret_version, c.token_expires_at, c.broken, c.created_at, c.created_by, c.updated_at,
       c.read_at, c.read_by,
       (SELECT COALESCE(json_agg(a.app_id), '[]')::text FROM connection_apps a WHERE a.connection_id = c.id) AS apps
FROM connections c
WHERE c.workspace_id = :workspace_id AND c.id = :id;

-- name: named
SELECT c.id, c.workspace_id, c.integration_id, c.name, c.uid, c.builtin, c.every_app, c.concurrency,
       c.calls_per_minute, c.secret_version, c.token_expires_at, c.broken, c.created_at, c.created_by, c.updated_at,
       c.read_at, c.read_by,
       (SELECT COALESCE(json_agg(a.app_id), '[]')::text FROM connection_apps a WHERE a.connection_id = c.id) AS apps
FROM connections c
WHERE c.integration_id = :integration_id
  AND (c.id IN (SELECT CAST(v AS BIGINT) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) v)
       OR c.name IN (SELECT jsonb_array_elements_text(CAST(:names AS jsonb)))
       OR c.uid IN (SELECT jsonb_array_elements_text(CAST(:names AS jsonb))))
ORDER BY c.id;

-- name: default_connections
-- json_agg instead of json_group_array.
SELECT c.id, c.workspace_id, c.integration_id, c.name, c.uid, c.builtin, c.every_app, c.concurrency,
       c.calls_per_minute, c.secret_version, c.token_expires_at, c.broken, c.created_at, c.created_by, c.updated_at,
       c.read_at, c.read_by,
       (SELECT COALESCE(json_agg(a.app_id), '[]')::text FROM connection_apps a WHERE a.connection_id = c.id) AS apps
FROM connections c
WHERE c.integration_id = :integration_id
  AND (CAST(:any_app AS BIGINT) = 1 OR c.every_app = 1
       OR EXISTS (SELECT 1 FROM connection_apps a WHERE a.connection_id = c.id AND a.app_id = CAST(:app_id AS BIGINT)))
ORDER BY c.id
LIMIT 1;

-- name: set_apps
INSERT INTO connection_apps (connection_id, app_id)
SELECT CAST(:connection_id AS BIGINT), CAST(v AS BIGINT) FROM jsonb_array_elements_text(CAST(:apps AS jsonb)) v;

-- name: known_apps
SELECT id FROM apps
WHERE workspace_id = :workspace_id
  AND id IN (SELECT CAST(v AS BIGINT) FROM jsonb_array_elements_text(CAST(:apps AS jsonb)) v);

-- name: append_calls
INSERT INTO integration_calls (workspace_id, integration_id, connection_id, app_id, task_id, actor, method, url, status,
                               reason, duration, sent, received, request, response, at)
SELECT CAST(r.value ->> 0 AS BIGINT), i.id, CAST(r.value ->> 2 AS BIGINT), CAST(r.value ->> 3 AS BIGINT),
       CAST(r.value ->> 4 AS BIGINT), r.value ->> 5, r.value ->> 6, r.value ->> 7, CAST(r.value ->> 8 AS BIGINT),
       r.value ->> 9, CAST(r.value ->> 10 AS BIGINT), CAST(r.value ->> 11 AS BIGINT), CAST(r.value ->> 12 AS BIGINT),
       r.value ->> 13, r.value ->> 14, CAST(r.value ->> 15 AS BIGINT)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) WITH ORDINALITY r (value, number)
JOIN integrations i ON i.id = CAST(r.value ->> 1 AS BIGINT)
ORDER BY r.number;

-- name: mark_read
UPDATE connections SET read_at = :now, read_by = :actor
WHERE id IN (SELECT CAST(v AS BIGINT) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) v)
  AND (read_at IS NULL OR read_at <= :before);
