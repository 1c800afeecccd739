-- name: insert
-- PostgreSQL reads a JSON array with its own function, in the array's order.
INSERT INTO events (workspace_id, kind, entity, entity_id, actor, at, data)
SELECT CAST(value ->> 'workspace_id' AS bigint), value ->> 'kind', value ->> 'entity', value ->> 'entity_id',
       value ->> 'actor', :now, value ->> 'data'
FROM jsonb_array_elements(CAST(:rows AS jsonb)) WITH ORDINALITY AS r (value, n)
ORDER BY n;
