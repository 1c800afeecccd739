-- breaking: no
-- The items that a task took, for its page.

CREATE INDEX items_by_task ON items (task_id, id) WHERE task_id IS NOT NULL;
