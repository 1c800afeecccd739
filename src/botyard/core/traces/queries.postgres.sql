-- name: attempts
-- PostgreSQL has its own functions to read a JSON array; the same in every statement below. The rows are held, so that
-- counts stay true.
SELECT a.id, a.workspace_id, a.task_id, a.epoch, a.spans
FROM jsonb_array_elements(CAST(:keys AS jsonb)) k (value)
JOIN attempts a ON a.task_id = CAST(k.value ->> 0 AS bigint) AND a.epoch = CAST(k.value ->> 1 AS bigint)
ORDER BY a.id
FOR UPDATE OF a;

-- name: upsert
-- A later word replaces an earlier one; what it leaves out stays. In the order of ids, so that two servers cannot
-- hold what the other wants.
INSERT INTO spans (workspace_id, task_id, epoch, span_id, parent_id, trace_id, name, status, message, started_at,
                   ended_at, duration, input, output, tags, metadata, truncated, source, received_at)
SELECT CAST(value ->> 'workspace_id' AS bigint), CAST(value ->> 'task_id' AS bigint),
       CAST(value ->> 'epoch' AS bigint), value ->> 'span_id', value ->> 'parent_id', value ->> 'trace_id',
       value ->> 'name', value ->> 'status', value ->> 'message', CAST(value ->> 'started_at' AS bigint),
       CAST(value ->> 'ended_at' AS bigint), CAST(value ->> 'duration' AS bigint), value ->> 'input',
       value ->> 'output', value ->> 'tags', value ->> 'metadata', CAST(value ->> 'truncated' AS smallint),
       value ->> 'source', CAST(value ->> 'received_at' AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value)
ON CONFLICT (task_id, epoch, span_id) DO UPDATE
SET parent_id = COALESCE(excluded.parent_id, spans.parent_id), trace_id = COALESCE(excluded.trace_id, spans.trace_id),
    name = excluded.name, status = COALESCE(excluded.status, spans.status),
    message = COALESCE(excluded.message, spans.message), started_at = COALESCE(excluded.started_at, spans.started_at),
    ended_at = COALESCE(excluded.ended_at, spans.ended_at), duration = COALESCE(excluded.duration, spans.duration),
    input = COALESCE(excluded.input, spans.input), output = COALESCE(excluded.output, spans.output),
    tags = COALESCE(excluded.tags, spans.tags), metadata = COALESCE(excluded.metadata, spans.metadata),
    truncated = CASE WHEN excluded.truncated = 1 THEN 1 ELSE spans.truncated END;

-- name: count_sent
UPDATE attempts SET spans = spans + CAST(r.value ->> 1 AS bigint)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) r (value)
WHERE attempts.id = r.value ->> 0;
