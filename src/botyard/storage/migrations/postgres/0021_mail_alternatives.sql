-- breaking: no
-- Mail that has a text beside its HTML.

-- The text that came with an HTML message. Null when none came: one is made from the HTML when the mail is sent.
ALTER TABLE messages ADD COLUMN plain TEXT;

DROP VIEW message_view;
CREATE VIEW message_view AS
SELECT m.id, m.workspace_id, m.task_id, m.alert_id, m.subject, m.body, m.plain, m.format, m.recipients, m.created_at,
       m.created_by,
       (SELECT COUNT(*) FROM deliveries d WHERE d.message_id = m.id AND d.state = 'queued') AS queued,
       (SELECT COUNT(*) FROM deliveries d WHERE d.message_id = m.id AND d.state = 'sent') AS sent,
       (SELECT COUNT(*) FROM deliveries d WHERE d.message_id = m.id AND d.state = 'failed') AS failed,
       (SELECT COUNT(*) FROM deliveries d WHERE d.message_id = m.id AND d.state = 'held') AS held,
       (SELECT d.error FROM deliveries d WHERE d.message_id = m.id AND d.error IS NOT NULL
        ORDER BY d.updated_at DESC, d.id DESC LIMIT 1) AS error
FROM messages m;
