-- breaking: no

-- Answers of calls that carry a key, so that a repeated call is answered and not carried out again. Earlier versions
-- keep those of integrations in integration_replies, for a quarter of an hour; that table is no longer written.
CREATE TABLE replies (
    workspace_id BIGINT NOT NULL,
    key_hash TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    holder TEXT NOT NULL,
    reply TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'unkept')),
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, key_hash)
);
CREATE INDEX replies_by_expiry ON replies (expires_at);
