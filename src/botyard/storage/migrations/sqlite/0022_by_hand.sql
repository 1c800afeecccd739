-- breaking: no
-- Automations that stand for what somebody runs by hand while developing. No other system may start them.

ALTER TABLE automations ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0 CHECK (by_hand IN (0, 1));
UPDATE automations SET by_hand = 1
WHERE package_id IS NULL
  AND (label = 'run-by-hand' OR id IN (SELECT c.automation_id FROM actions c WHERE c.hidden = 1));
