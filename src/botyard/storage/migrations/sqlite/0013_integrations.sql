-- breaking: no
-- Integrations: other systems' APIs that bots call through the server, the accounts there, and a log of the calls.

CREATE TABLE integrations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('none', 'api_key', 'basic', 'oauth2', 'hmac', 'wsdl')),
    base_url TEXT,
    allow_private_network INTEGER NOT NULL CHECK (allow_private_network IN (0, 1)),
    details TEXT NOT NULL,
    -- How often the OAuth2 client secret was set; 0 while there is none.
    secret_version INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (workspace_id, key)
);

-- An account at an integration. Its secret lies in the vault; `uid` is the other text that it may be named by.
CREATE TABLE connections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    integration_id INTEGER NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    uid TEXT,
    builtin INTEGER NOT NULL CHECK (builtin IN (0, 1)),
    every_app INTEGER NOT NULL CHECK (every_app IN (0, 1)),
    concurrency INTEGER NOT NULL,
    calls_per_minute INTEGER,
    secret_version INTEGER NOT NULL,
    token_expires_at INTEGER,
    refreshing_until INTEGER,
    broken TEXT,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    read_at INTEGER,
    read_by TEXT,
    UNIQUE (integration_id, name),
    CHECK ((read_at IS NULL) = (read_by IS NULL))
);
CREATE INDEX connections_by_workspace ON connections (workspace_id, id);

CREATE TABLE connection_apps (
    connection_id INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    app_id INTEGER NOT NULL,
    PRIMARY KEY (connection_id, app_id)
) WITHOUT ROWID;

-- A sign-in at an OAuth2 provider that somebody began; the state itself is kept nowhere.
CREATE TABLE oauth_states (
    state_hash TEXT PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    integration_id INTEGER NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    actor TEXT NOT NULL,
    session INTEGER NOT NULL CHECK (session IN (0, 1)),
    redirect_uri TEXT NOT NULL,
    wishes TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX oauth_states_by_expiry ON oauth_states (expires_at);

CREATE TABLE integration_calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL,
    integration_id INTEGER NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    connection_id INTEGER,
    app_id INTEGER,
    task_id INTEGER,
    actor TEXT NOT NULL,
    method TEXT NOT NULL,
    url TEXT NOT NULL,
    status INTEGER NOT NULL,
    reason TEXT,
    duration INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    received INTEGER NOT NULL,
    request TEXT NOT NULL,
    response TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX integration_calls_by_integration ON integration_calls (integration_id, id);
CREATE INDEX integration_calls_by_time ON integration_calls (at);

-- Answers of calls that carry a key, so that a repeated call is answered and not made again.
CREATE TABLE integration_replies (
    workspace_id INTEGER NOT NULL,
    key_hash TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    holder TEXT NOT NULL,
    reply TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'unkept')),
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, key_hash)
) WITHOUT ROWID;
CREATE INDEX integration_replies_by_expiry ON integration_replies (expires_at);
