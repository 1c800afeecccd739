-- name: find
SELECT id, workspace_id, key, name, version, kind, base_url, allow_private_network, details, secret_version,
       created_at, created_by, updated_at
FROM integrations WHERE workspace_id = :workspace_id AND key = :key;

-- name: by_id
SELECT id, workspace_id, key, name, version, kind, base_url, allow_private_network, details, secret_version,
       created_at, created_by, updated_at
FROM integrations WHERE workspace_id = :workspace_id AND id = :id;

-- name: count
SELECT COUNT(*) AS total FROM integrations WHERE workspace_id = :workspace_id;

-- name: keys
SELECT key FROM integrations WHERE workspace_id = :workspace_id ORDER BY id LIMIT :limit;

-- name: create
INSERT INTO integrations (workspace_id, key, name, version, kind, base_url, allow_private_network, details,
                          created_at, created_by, updated_at)
VALUES (:workspace_id, :key, :name, :version, :kind, :base_url, :allow_private_network, :details,
        :now, :actor, :now)
ON CONFLICT DO NOTHING
RETURNING id, workspace_id, key, name, version, kind, base_url, allow_private_network, details, secret_version,
          created_at, created_by, updated_at;

-- name: update
UPDATE integrations
SET name = :name, version = :version, kind = :kind, base_url = :base_url,
    allow_private_network = :allow_private_network, details = :details, updated_at = :now
WHERE workspace_id = :workspace_id AND id = :id;

-- name: touch
UPDATE integrations SET updated_at = :now WHERE workspace_id = :workspace_id AND key = :key
RETURNING id;

-- name: set_secret
UPDATE integrations SET secret_version = secret_version + 1 WHERE id = :id RETURNING secret_version;

-- name: delete
DELETE FROM integrations WHERE id = :id;

-- name: connections
-- The apps come with their connection, as a JSON list.
SELECT c.id, c.workspace_id, c.integration_id, c.name, c.uid, c.builtin, c.every_app, c.concurrency,
       c.calls_per_minute, c.secret_version, c.token_expires_at, c.broken, c.created_at, c.created_by, c.updated_at,
       c.read_at, c.read_by,
       (SELECT COALESCE(json_group_array(a.app_id), '[]') FROM connection_apps a WHERE a.connection_id = c.id) AS apps
FROM connections c
WHERE c.workspace_id = :workspace_id AND c.integration_id = :integration_id AND c.id > :after
ORDER BY c.id
LIMIT :limit;

-- name: enabled
SELECT c.id, c.name, c.integration_id, i.key
FROM connections c
JOIN integrations i ON i.id = c.integration_id
WHERE c.workspace_id = :workspace_id
  AND i.id IN (SELECT value FROM json_each(:integrations))
  AND (:any_app = 1 OR c.every_app = 1
       OR EXISTS (SELECT 1 FROM connection_apps a WHERE a.connection_id = c.id AND a.app_id = :app_id))
ORDER BY c.id
LIMIT :limit;

-- name: enabled_everywhere
SELECT c.id, c.name, c.integration_id, i.key
FROM connections c
JOIN integrations i ON i.id = c.integration_id
WHERE c.workspace_id = :workspace_id AND c.builtin = 0
  AND (c.every_app = 1 OR EXISTS (SELECT 1 FROM connection_apps a WHERE a.connection_id = c.id AND a.app_id = :app_id))
ORDER BY c.id
LIMIT :limit;

-- name: connection
SELECT c.id, c.workspace_id, c.integration_id, c.name, c.uid, c.builtin, c.every_app, c.concurrency,
       c.calls_per_minute, c.secret_version, c.token_expires_at, c.broken, c.created_at, c.created_by, c.updated_at,
       c.read_at, c.read_by,
       (SELECT COALESCE(json_group_array(a.app_id), '[]') FROM connection_apps a WHERE a.connection_id = c.id) AS apps
FROM connections c
WHERE c.workspace_id = :workspace_id AND c.id = :id;

-- name: named
-- Whatever a caller may have meant: ids and aliases, within one integration.
SELECT c.id, c.workspace_id, c.integration_id, c.name, c.uid, c.builtin, c.every_app, c.concurrency,
       c.calls_per_minute, c.secret_version, c.token_expires_at, c.broken, c.created_at, c.created_by, c.updated_at,
       c.read_at, c.read_by,
       (SELECT COALESCE(json_group_array(a.app_id), '[]') FROM connection_apps a WHERE a.connection_id = c.id) AS apps
FROM connections c
WHERE c.integration_id = :integration_id
  AND (c.id IN (SELECT value FROM json_each(:ids))
       OR c.name IN (SELECT value FROM json_each(:names))
       OR c.uid IN (SELECT value FROM json_each(:names)))
ORDER BY c.id;

-- name: default_connections
-- One is enough to call with; a second tells that there are several.
SELECT c.id, c.workspace_id, c.integration_id, c.name, c.uid, c.builtin, c.every_app, c.concurrency,
       c.calls_per_minute, c.secret_version, c.token_expires_at, c.broken, c.created_at, c.created_by, c.updated_at,
       c.read_at, c.read_by,
       (SELECT COALESCE(json_group_array(a.app_id), '[]') FROM connection_apps a WHERE a.connection_id = c.id) AS apps
FROM connections c
WHERE c.integration_id = :integration_id
  AND (:any_app = 1 OR c.every_app = 1
       OR EXISTS (SELECT 1 FROM connection_apps a WHERE a.connection_id = c.id AND a.app_id = :app_id))
ORDER BY c.id
LIMIT 1;

-- name: run_connection
SELECT connection_id FROM action_runs WHERE task_id = :task_id;

-- name: has_connections
SELECT COUNT(*) AS total FROM connections WHERE integration_id = :integration_id AND builtin = 0;

-- name: connect
INSERT INTO connections (workspace_id, integration_id, name, uid, builtin, every_app, concurrency, calls_per_minute,
                         secret_version, token_expires_at, created_at, created_by, updated_at)
VALUES (:workspace_id, :integration_id, :name, :uid, :builtin, :every_app, :concurrency, :calls_per_minute,
        :secret_version, :token_expires_at, :now, :actor, :now)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: hold
UPDATE connections SET updated_at = :now WHERE workspace_id = :workspace_id AND id = :id RETURNING id;

-- name: reconnect
UPDATE connections
SET name = :name, uid = :uid, every_app = :every_app, concurrency = :concurrency, calls_per_minute = :calls_per_minute,
    secret_version = :secret_version, token_expires_at = :token_expires_at, broken = :broken, updated_at = :now
WHERE id = :id
  AND NOT EXISTS (SELECT 1 FROM connections o
                  WHERE o.integration_id = connections.integration_id AND o.name = :name AND o.id <> :id);

-- name: clear_apps
DELETE FROM connection_apps WHERE connection_id = :connection_id;

-- name: set_apps
INSERT INTO connection_apps (connection_id, app_id)
SELECT :connection_id, value FROM json_each(:apps);

-- name: known_apps
SELECT id FROM apps WHERE workspace_id = :workspace_id AND id IN (SELECT value FROM json_each(:apps));

-- name: disconnect
DELETE FROM connections WHERE id = :id AND builtin = 0;

-- name: drop_builtin
DELETE FROM connections WHERE integration_id = :integration_id AND builtin = 1;

-- name: mark_read
UPDATE connections SET read_at = :now, read_by = :actor
WHERE id IN (SELECT value FROM json_each(:ids)) AND (read_at IS NULL OR read_at <= :before);

-- name: claim_refresh
UPDATE connections SET refreshing_until = :until
WHERE id = :id AND secret_version = :version AND (refreshing_until IS NULL OR refreshing_until <= :now)
RETURNING id;

-- name: store_tokens
UPDATE connections
SET secret_version = secret_version + 1, token_expires_at = :token_expires_at, refreshing_until = NULL, broken = NULL,
    updated_at = :now
WHERE workspace_id = :workspace_id AND id = :id AND secret_version = :version
RETURNING secret_version;

-- name: break_connection
UPDATE connections SET broken = :reason, refreshing_until = NULL, updated_at = :now
WHERE workspace_id = :workspace_id AND id = :id AND secret_version = :version
RETURNING id;

-- name: end_refresh
UPDATE connections SET refreshing_until = NULL WHERE workspace_id = :workspace_id AND id = :id;

-- name: begin_oauth
INSERT INTO oauth_states (state_hash, workspace_id, integration_id, actor, session, redirect_uri, wishes, expires_at)
VALUES (:state_hash, :workspace_id, :integration_id, :actor, :session, :redirect_uri, :wishes, :expires_at);

-- name: take_state
DELETE FROM oauth_states WHERE state_hash = :state_hash AND expires_at > :now
RETURNING workspace_id, integration_id, actor, session, redirect_uri, wishes;

-- name: drop_states
DELETE FROM oauth_states
WHERE state_hash IN (SELECT state_hash FROM oauth_states WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit);

-- name: append_calls
INSERT INTO integration_calls (workspace_id, integration_id, connection_id, app_id, task_id, actor, method, url, status,
                               reason, duration, sent, received, request, response, at)
SELECT json_extract(r.value, '$[0]'), i.id, json_extract(r.value, '$[2]'), json_extract(r.value, '$[3]'),
       json_extract(r.value, '$[4]'), json_extract(r.value, '$[5]'), json_extract(r.value, '$[6]'),
       json_extract(r.value, '$[7]'), json_extract(r.value, '$[8]'), json_extract(r.value, '$[9]'),
       json_extract(r.value, '$[10]'), json_extract(r.value, '$[11]'), json_extract(r.value, '$[12]'),
       json_extract(r.value, '$[13]'), json_extract(r.value, '$[14]'), json_extract(r.value, '$[15]')
FROM json_each(:rows) r
JOIN integrations i ON i.id = json_extract(r.value, '$[1]')
ORDER BY r.key;

-- name: calls_of
-- A filter looks at a window of the latest calls, so that one which fits nothing does not read the whole log.
SELECT c.id, c.workspace_id, c.integration_id, c.connection_id, c.app_id, c.task_id, c.actor, c.method, c.url, c.status,
       c.reason, c.duration, c.sent, c.received, c.request, c.response, c.at
FROM (SELECT * FROM integration_calls
      WHERE workspace_id = :workspace_id AND integration_id = :integration_id AND id < :before_id
      ORDER BY id DESC
      LIMIT :window) c
WHERE c.status BETWEEN :low AND :high
  AND (CAST(:connection_id AS BIGINT) IS NULL OR c.connection_id = :connection_id)
ORDER BY c.id DESC
LIMIT :limit;

-- name: get_call
SELECT id, workspace_id, integration_id, connection_id, app_id, task_id, actor, method, url, status, reason, duration,
       sent, received, request, response, at
FROM integration_calls
WHERE workspace_id = :workspace_id AND integration_id = :integration_id AND id = :id;

-- name: tallies
SELECT integration_id, COUNT(*) AS total, SUM(CASE WHEN broken IS NULL THEN 0 ELSE 1 END) AS broken
FROM connections
WHERE workspace_id = :workspace_id AND builtin = 0 AND integration_id BETWEEN :first AND :last
GROUP BY integration_id;

-- name: prune
DELETE FROM integration_calls
WHERE id IN (SELECT id FROM integration_calls WHERE at < :before ORDER BY at LIMIT :limit);
