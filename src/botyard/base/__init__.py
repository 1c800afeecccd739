"""What everything else stands on: errors, time, identity, JSON, settings, redaction. Knows nothing of ours."""
