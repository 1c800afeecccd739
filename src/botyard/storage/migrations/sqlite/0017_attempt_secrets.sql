-- breaking: no
-- Tokens of attempts that are replaced while the bot runs, and secrets that were replaced while a bot knew them.

-- Somebody wants the token replaced; the one before the present one is still good until `old_until`. A repeated call of
-- the runner carries the same claim and a higher number.
ALTER TABLE attempts ADD COLUMN rotate INTEGER NOT NULL DEFAULT 0 CHECK (rotate IN (0, 1));
ALTER TABLE attempts ADD COLUMN token_at INTEGER;
ALTER TABLE attempts ADD COLUMN old_secret_hash TEXT;
ALTER TABLE attempts ADD COLUMN old_until INTEGER;
ALTER TABLE attempts ADD COLUMN rotation_claim TEXT;
ALTER TABLE attempts ADD COLUMN rotation_number INTEGER NOT NULL DEFAULT 0;

-- Values in the vault that live on only to be hidden in what these attempts still write. A row outlives its attempt
-- until the value is gone too.
CREATE TABLE replaced_secrets (
    attempt_id TEXT NOT NULL,
    name TEXT NOT NULL,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id),
    PRIMARY KEY (attempt_id, name)
) WITHOUT ROWID;
CREATE INDEX replaced_secrets_by_name ON replaced_secrets (workspace_id, name);
