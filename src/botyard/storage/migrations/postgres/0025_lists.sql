-- breaking: no

-- Lists of the newest of one workspace, or of one task, read no row of another.
CREATE INDEX errors_by_workspace ON errors (workspace_id, id);
CREATE INDEX error_groups_open ON error_groups (workspace_id, last_seen, id) WHERE resolved_at IS NULL;
CREATE INDEX events_by_workspace ON events (workspace_id, id);
CREATE INDEX messages_by_task ON messages (task_id, id) WHERE task_id IS NOT NULL;
