"""What waits for a runner right now, so that exactly as many runners are woken as there is work for."""

from __future__ import annotations

from collections import Counter

from botyard.storage import Select, Tx


def demand(tx: Tx, *, workspace_id: int, cap: int = 64) -> Counter[str | None]:
    """Return how many tasks could be leased at once, by the runner label they ask for; None means any runner.

    Counts no more than the `cap` tasks that come first.
    """
    rows = tx.all_of(
        Select("tasks", "runner_label")
        .where("workspace_id = :workspace_id AND state = 'queued' AND ready = 1", workspace_id=workspace_id)
        .order_by("priority DESC, id")
        .limit(cap)
    )
    return Counter(row["runner_label"] for row in rows)
