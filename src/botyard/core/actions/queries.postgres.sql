-- name: grants
-- PostgreSQL has its own functions to read a JSON array.
SELECT t.id AS task_id, c.id AS action_id, c.slug, c.type, c.app_id, p.slug AS app_slug, w.id AS workspace_id,
       w.label AS organization, COALESCE(r.user_id, p.owner_id) AS user_id, r.connection_id,
       COALESCE(r.options, '{}') AS options
FROM tasks t
JOIN actions c ON c.automation_id = t.automation_id
JOIN apps p ON p.workspace_id = c.workspace_id AND p.id = c.app_id
JOIN workspaces w ON w.id = c.workspace_id
LEFT JOIN action_runs r ON r.task_id = t.id
WHERE t.id IN (SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) i (value))
