"""Tools that start work or change its course."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from botyard.mcp import answers
from botyard.mcp.desk import Answer, Desk, Tool
from botyard.mcp.looking import TaskId


class Starting:
    """Start tasks, stop them, and give queues something to do."""

    def __init__(self, desk: Desk) -> None:
        self._yard = desk.yard

    def tools(self) -> Iterator[Tool]:
        """Yield the tools."""
        yield Tool(self.start_task, "tasks:run", changes=True)
        yield Tool(self.wait_for_task, "tasks:read")
        yield Tool(self.cancel_task, "tasks:run", changes=True, destroys=True)
        yield Tool(self.restart_task, "tasks:run", changes=True)
        yield Tool(self.run_schedule, "tasks:run", changes=True)
        yield Tool(self.push_items, "queues:work", changes=True)
        yield Tool(self.retry_item, "queues:operate", changes=True)

    async def start_task(
        self,
        automation: Annotated[str, Field(description="Label of the automation.")],
        parameters: Annotated[
            dict[str, Any] | None, Field(description="Values by name; get_automation says which there are.")
        ] = None,
        priority: Annotated[int | None, Field(ge=0, le=10, description="Higher ones go first.")] = None,
    ) -> Answer:
        """Start an automation. The answer holds the number of the task; wait_for_task tells how it ends."""
        made = await self._yard.tasks.create(automation, parameters or {}, priority=priority)
        return {"task": answers.plain(made)}

    async def wait_for_task(self, task: TaskId, seconds: Annotated[float, Field(ge=0, le=50)] = 25.0) -> Answer:
        """Return a task as soon as it has ended, at the latest after so many seconds, whatever its state is then."""
        return {"task": answers.plain(await self._yard.tasks.get(task, wait=seconds))}

    async def cancel_task(self, task: TaskId) -> Answer:
        """Cancel a task and stop its process. What the bot has done already stays done."""
        return {"task": answers.plain(await self._yard.tasks.cancel(task))}

    async def restart_task(self, task: TaskId) -> Answer:
        """Put a task that has ended back into the line for a new attempt, with the same parameters."""
        return {"task": answers.plain(await self._yard.tasks.restart(task))}

    async def run_schedule(
        self, schedule: Annotated[int, Field(ge=1, description="Number of the schedule.")]
    ) -> Answer:
        """Start the task of a schedule at once, beside its plan."""
        return {"task": answers.plain(await self._yard.schedules.run(schedule))}

    async def push_items(
        self,
        queue: Annotated[str, Field(description="Label of the queue.")],
        items: Annotated[
            list[dict[str, Any]], Field(min_length=1, max_length=100, description="The values of each item by name.")
        ],
    ) -> Answer:
        """Push items into a queue, all or none. Pushing the same again makes more, unless the queue has unique keys."""
        return {"pushed": answers.plain(await self._yard.queues.push(queue, items))}

    async def retry_item(self, item: Annotated[int, Field(ge=1, description="Number of the item.")]) -> Answer:
        """Try an item that failed again, as a new item."""
        return {"item": answers.plain(await self._yard.items.retry(item))}
