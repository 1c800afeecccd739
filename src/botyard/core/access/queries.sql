-- name: create_token
INSERT INTO tokens (
    id, workspace_id, kind, dialect, name, login, role, secret_hash, owner_kind, owner_id, parent_id, created_at,
    expires_at, app_id, user_id
)
VALUES (
    :id, :workspace_id, :kind, :dialect, :name, :login, :role, :secret_hash, :owner_kind, :owner_id, :parent_id, :now,
    :expires_at, :app_id, :user_id
)
RETURNING id, workspace_id, kind, dialect, name, login, role, owner_kind, owner_id, parent_id, created_at, expires_at,
    revoked_at, used_at, app_id

-- name: find_token
SELECT t.id, t.workspace_id, t.kind, t.dialect, t.name, t.login, t.role, t.secret_hash, t.owner_kind, t.owner_id,
    t.parent_id, t.created_at, t.expires_at, t.revoked_at, t.used_at, w.label AS workspace_label, t.app_id,
    p.slug AS app_slug, t.user_id
FROM tokens t
JOIN workspaces w ON w.id = t.workspace_id
LEFT JOIN apps p ON p.workspace_id = t.workspace_id AND p.id = t.app_id
WHERE t.id = :id

-- name: get_token
SELECT id, workspace_id, kind, dialect, name, login, role, owner_kind, owner_id, parent_id, created_at, expires_at,
    revoked_at, used_at, app_id
FROM tokens
WHERE workspace_id = :workspace_id AND id = :id

-- name: list_tokens
SELECT id, workspace_id, kind, dialect, name, login, role, owner_kind, owner_id, parent_id, created_at, expires_at,
    revoked_at, used_at, app_id
FROM tokens
WHERE workspace_id = :workspace_id AND kind = :kind AND revoked_at IS NULL
ORDER BY created_at DESC, id
LIMIT :limit

-- name: revoke
UPDATE tokens SET revoked_at = :now
WHERE workspace_id = :workspace_id AND (id = :id OR parent_id = :id) AND revoked_at IS NULL
RETURNING id

-- name: revoke_owned
UPDATE tokens SET revoked_at = :now
WHERE workspace_id = :workspace_id AND owner_kind = :owner_kind AND owner_id = :owner_id AND revoked_at IS NULL
RETURNING id

-- name: dialect_key
-- A deployed bot of the dialect counts like a key: it talks to these routes with the token of its attempt. Keys that
-- have ended count too: whoever holds one is told so, instead of finding nothing at the address.
SELECT id FROM tokens
WHERE dialect = :dialect AND kind IN ('key', 'app')
UNION ALL
SELECT id FROM packages WHERE dialect = :dialect AND released IS NOT NULL
UNION ALL
SELECT id FROM systems WHERE :dialect = 'elma'
LIMIT 1

-- name: record_token_use
UPDATE tokens SET used_at = :now WHERE id = :id AND (used_at IS NULL OR used_at < :now)

-- name: record_session_use
UPDATE sessions SET seen_at = :now WHERE id = :id AND seen_at < :now

-- name: delete_expired_tokens
-- Keys stay listed as revoked; logins, join codes and local tokens leave nothing to look back at.
DELETE FROM tokens
WHERE id IN (
    SELECT id FROM tokens
    WHERE kind IN ('login', 'join', 'local') AND (expires_at < :before OR revoked_at < :before)
    LIMIT :limit
)

-- name: delete_expired_sessions
DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < :before LIMIT :limit)

-- name: find_attempt
SELECT a.id, a.workspace_id, a.task_id, a.epoch, a.state, a.runner_id, a.secret_hash, a.ended_at, a.old_secret_hash,
    a.old_until,
    t.epoch AS task_epoch, w.label AS workspace_label, p.id AS app_id, p.slug AS app_slug,
    COALESCE(n.user_id, p.owner_id) AS user_id
FROM attempts a
JOIN tasks t ON t.id = a.task_id
JOIN workspaces w ON w.id = a.workspace_id
LEFT JOIN actions c ON c.automation_id = t.automation_id
LEFT JOIN apps p ON p.workspace_id = c.workspace_id AND p.id = c.app_id
LEFT JOIN action_runs n ON n.task_id = a.task_id
WHERE a.id = :id

-- name: count_users
SELECT COUNT(*) AS users FROM users

-- name: create_user
INSERT INTO users (login, name, password_hash, must_change, created_at)
VALUES (:login, :name, :password_hash, :must_change, :now)
ON CONFLICT (login) DO NOTHING
RETURNING id, login, name, must_change, disabled, created_at, last_login_at

-- name: get_user
SELECT id, login, name, must_change, disabled, created_at, last_login_at FROM users WHERE id = :user_id

-- name: list_users
SELECT u.id, u.login, u.name, u.must_change, u.disabled, u.created_at, u.last_login_at, m.role
FROM users u JOIN memberships m ON m.user_id = u.id
WHERE m.workspace_id = :workspace_id AND u.login > :after
ORDER BY u.login
LIMIT :limit

-- name: find_member
SELECT u.id, u.login, u.name, u.must_change, u.disabled, u.created_at, u.last_login_at, m.role
FROM users u JOIN memberships m ON m.user_id = u.id
WHERE m.workspace_id = :workspace_id AND u.login = :login

-- name: get_member
SELECT u.id, u.login, u.name, u.must_change, u.disabled, u.created_at, u.last_login_at, m.role
FROM users u JOIN memberships m ON m.user_id = u.id
WHERE m.workspace_id = :workspace_id AND u.id = :user_id

-- name: find_password
SELECT id, login, password_hash, disabled, locked_until FROM users WHERE login = :login

-- name: find_password_by_id
SELECT id, login, password_hash, disabled, locked_until FROM users WHERE id = :user_id

-- name: record_failed_login
UPDATE users SET failed_logins = failed_logins + 1 WHERE id = :user_id RETURNING failed_logins

-- name: lock_until
UPDATE users SET locked_until = :until WHERE id = :user_id

-- name: record_login
UPDATE users SET failed_logins = 0, locked_until = NULL, last_login_at = :now WHERE id = :user_id

-- name: set_password
UPDATE users
SET password_hash = :password_hash, must_change = :must_change, failed_logins = 0, locked_until = NULL
WHERE id = :user_id

-- name: rehash_password
UPDATE users SET password_hash = :password_hash WHERE id = :user_id AND password_hash = :old

-- name: set_disabled
UPDATE users SET disabled = :disabled WHERE id = :user_id

-- name: set_role
INSERT INTO memberships (workspace_id, user_id, role) VALUES (:workspace_id, :user_id, :role)
ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role

-- name: remove_member
DELETE FROM memberships WHERE workspace_id = :workspace_id AND user_id = :user_id

-- name: end_sessions_in
DELETE FROM sessions WHERE workspace_id = :workspace_id AND user_id = :user_id RETURNING id

-- name: revoke_of_user
UPDATE tokens SET revoked_at = :now
WHERE workspace_id = :workspace_id AND user_id = :user_id AND revoked_at IS NULL

-- name: first_admin
SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id
WHERE m.workspace_id = :workspace_id AND m.role = 'admin' AND u.disabled = 0
ORDER BY m.user_id
LIMIT 1

-- name: workspaces_of
SELECT w.id, w.label, w.name, m.role
FROM memberships m JOIN workspaces w ON w.id = m.workspace_id
WHERE m.user_id = :user_id
ORDER BY w.id

-- name: create_session
INSERT INTO sessions (id, user_id, workspace_id, secret_hash, created_at, seen_at, expires_at)
VALUES (:id, :user_id, :workspace_id, :secret_hash, :now, :now, :expires_at)
RETURNING id, user_id, workspace_id, created_at, seen_at, expires_at

-- name: find_session
SELECT s.id, s.user_id, s.workspace_id, s.secret_hash, s.created_at, s.seen_at, s.expires_at,
    u.login, u.name, u.disabled, u.must_change, u.created_at AS user_created_at, m.role, w.label AS workspace_label
FROM sessions s
JOIN users u ON u.id = s.user_id
JOIN workspaces w ON w.id = s.workspace_id
JOIN memberships m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id
WHERE s.id = :id

-- name: list_sessions
SELECT id, user_id, workspace_id, created_at, seen_at, expires_at
FROM sessions
WHERE user_id = :user_id AND expires_at > :now
ORDER BY created_at DESC

-- name: end_session
DELETE FROM sessions WHERE id = :id RETURNING id

-- name: end_sessions_of
DELETE FROM sessions WHERE user_id = :user_id AND id <> :kept RETURNING id

-- name: workspace_id
SELECT id FROM workspaces WHERE label = :label

-- name: begin_device_login
INSERT INTO device_logins (id, workspace_id, dialect, machine, os, address, state, created_at, expires_at)
VALUES (:id, :workspace_id, :dialect, :machine, :os, :address, 'pending', :now, :expires_at)
RETURNING *

-- name: device_login
SELECT * FROM device_logins WHERE id = :id

-- name: device_login_of
SELECT d.* FROM device_logins d
JOIN workspaces w ON w.id = d.workspace_id
WHERE d.id = :id AND w.label = :workspace

-- name: decide_device_login
UPDATE device_logins SET state = :state, user_id = :user_id
WHERE id = :id AND state = 'pending'
RETURNING *

-- name: collect_device_login
UPDATE device_logins
SET token_id = :token_id, collected_at = CASE WHEN collected_at IS NULL THEN :now ELSE collected_at END
WHERE id = :id AND state = 'approved'

-- name: delete_device_logins
DELETE FROM device_logins WHERE id IN (SELECT id FROM device_logins WHERE expires_at < :before LIMIT :limit)

-- name: drop_logins_of_user
-- What a person approved with rights that they have no more.
DELETE FROM tokens WHERE kind = 'login' AND owner_kind = 'user' AND owner_id = :user_id

-- name: lock_members
-- One writer at a time anyway.
SELECT id FROM workspaces WHERE id = :workspace_id

-- name: other_admin
SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id
WHERE m.workspace_id = :workspace_id AND m.role = 'admin' AND u.disabled = 0 AND m.user_id <> :user_id
LIMIT 1
