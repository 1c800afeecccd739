"""One attempt from lease to report: prepare, start, follow, report, clean up."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from botyard.runner import automio, velocity
from botyard.runner.capture import Pipe
from botyard.runner.clientside import ClientSide
from botyard.runner.environment import Environments, PreparationFailed, environment_key
from botyard.runner.inputs import fetch_inputs, names_of
from botyard.runner.interpreters import own
from botyard.runner.job import Job, OutputUnreadable
from botyard.runner.lastwords import LastWords
from botyard.runner.launch import launch_of
from botyard.runner.outputs import Gone, Outputs
from botyard.runner.packages import Packages
from botyard.runner.platform import Exit, Launch, Platform, Process
from botyard.runner.rotation import rotate
from botyard.runner.tasklog import TaskLog
from botyard.sdk import exchange, running
from botyard.sdk.calls import Call
from botyard.sdk.errors import CallError, Conflict, Missing, Refused, Unauthenticated, Unavailable
from botyard.sdk.native import AsyncClient
from botyard.wire import native as wire

log = logging.getLogger("botyard.runner")
T = TypeVar("T")

#: Between the moment that a bot can see that it was cancelled and the signal that asks it to end.
COURTESY_SECONDS = 1.0
#: How long reports of an attempt are offered to a server that stays away after the lease ran out.
PATIENCE_SECONDS = 600.0
#: A server that fails this often over the same report is left alone; the lease then runs out.
MOST_FAULTS = 10
#: Outputs that stay open this long after the last process is gone are held by somebody else.
DRAIN_OUTPUT_SECONDS = 2.0


#: What a signal that nobody here sent usually means.
_SIGNALS = {
    4: "illegal instruction",
    6: "it gave up",
    7: "bus error",
    9: "killed, often because memory ran out",
    11: "it touched memory that is not its own",
    15: "asked to end by another process",
}


class Reason(enum.Enum):
    """Why the runner ends a bot, the weaker first; a stronger reason takes over."""

    DRAIN = 1
    CANCEL = 2
    KILL = 3
    LOST = 4


class Abandoned(Exception):
    """The lease is gone: nothing more is reported."""


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What attempts of one runner share."""

    client: AsyncClient
    platform: Platform
    packages: Packages
    environments: Environments
    client_side: ClientSide
    jobs: Path
    server: str


class Attempt:
    """Runs one lease. `run` is awaited once; the other methods may be called while it runs."""

    def __init__(self, grant: wire.LeaseGrant, tools: Tools, until: float) -> None:
        """`until` is when the lease ends, on the platform's clock."""
        self.grant = grant
        self.until = until
        self._tools = tools
        self._job = Job(tools.jobs / grant.attempt, tools.platform)
        self._log = TaskLog(tools.client, grant.attempt, self._job.folder / "log")
        self._reason: Reason | None = None
        self._process: Process | None = None
        self._preparing: asyncio.Task[Launch] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._rotating: asyncio.Task[bool] | None = None
        self._over = False
        self._last_words = LastWords()
        self._cwd = self._job.package
        self._timer = Timer(tools.platform, grant.attempt)

    def renew(self, until: float) -> None:
        """Note that the lease now lasts until this moment."""
        self.until = until
        if self._process is not None:
            self._process.renew(until)

    def act(self, action: str) -> None:
        """Carry out a command of the server."""
        log.info("attempt.command", extra={"attempt": self.grant.attempt, "action": action})
        if action == "interrupt":
            self._job.show_interrupt()
        elif action == "cancel":
            self._end(Reason.CANCEL, COURTESY_SECONDS)
        elif action == "kill":
            self._end(Reason.KILL)
        elif action == "stale":
            self._end(Reason.LOST)

    @property
    def rotating(self) -> bool:
        """Whether its token is just being replaced, or never will be because the server refused to."""
        return self._rotating is not None and not (self._rotating.done() and self._rotating.result())

    def rotate(self) -> None:
        """Give the bot another token while it runs."""
        if not self.rotating:
            self._rotating = asyncio.create_task(rotate(self._tools.client, self.grant.attempt, self._place_token))

    def _place_token(self, token: str) -> None:
        self.grant = msgspec.structs.replace(self.grant, token=token)
        velocity.replace_token(self._job, token)

    def expire(self) -> None:
        """Note that the lease ran out while the server could not be reached.

        A preparation ends; a started bot is ended by its keeper. What has already ended is still reported: the server
        may have been away for its own clock as well.
        """
        if self._preparing is not None and not self._preparing.done():
            self._end(Reason.LOST)

    def drain(self, grace: float) -> None:
        """Let the bot finish within `grace` seconds; after that it is ended and the task given back."""
        if self._process is None or (self._preparing is not None and not self._preparing.done()):
            self._end(Reason.DRAIN)
            return
        self._job.show_interrupt()
        if self._ending is None:
            self._ending = asyncio.create_task(self._drain_after(grace))

    def hurry(self) -> None:
        """Give the task back without waiting any longer."""
        self._end(Reason.DRAIN)

    async def run(self) -> None:
        """Run the attempt to its report. Never raises, except when cancelled."""
        try:
            await self._run_and_report()
        except Abandoned:
            log.info("attempt.abandoned", extra={"attempt": self.grant.attempt})
        except Exception:
            log.exception("attempt.broken", extra={"attempt": self.grant.attempt})
        finally:
            if self._process is not None:
                self._process.kill()
            if self._ending is not None:
                self._ending.cancel()
            if self._rotating is not None:
                self._rotating.cancel()
            await self._log.abandon()
            await asyncio.to_thread(self._job.remove)

    async def _run_and_report(self) -> None:
        try:
            self._job.create()
            exit_ = await self._run_bot(await self._prepare())
        except PreparationFailed as error:
            await self._report_failure(str(error))
        except Abandoned:
            raise
        except (OSError, CallError) as error:
            await self._report_failure(f"The runner could not run the bot: {error}")
        except Exception as error:
            log.exception("attempt.broken", extra={"attempt": self.grant.attempt})
            await self._report_failure(f"The runner itself failed ({type(error).__name__}: {error}).")
        else:
            await self._report(exit_)

    async def _prepare(self) -> Launch:
        """Return what to start. A stop that comes meanwhile ends the preparation."""
        self._preparing = asyncio.create_task(self._prepare_launch())
        if self._reason is not None:
            self._preparing.cancel()
        try:
            return await self._preparing
        except asyncio.CancelledError:
            self._preparing.cancel()
            await asyncio.gather(self._preparing, return_exceptions=True)
            if self._reason is None:
                raise
            raise PreparationFailed("The attempt was stopped before its bot had started.") from None

    async def _prepare_launch(self) -> Launch:
        tools, job = self._tools, self._job
        await tools.packages.unpack(tools.client, self.grant.package_digest, job.package)
        python = await asyncio.to_thread(velocity.prepare, job.package) if self._is_velocity else own()
        if self.grant.dialect == automio.DIALECT:
            await asyncio.to_thread(automio.prepare, job.package)
        self._timer.step("unpack")
        key = await asyncio.to_thread(environment_key, job.package, self.grant.package_digest, python)
        environment = tools.environments.ready(key)
        if environment is None:
            self._log.write("runner", "Preparing the environment of this package; the next task will find it ready.")
            environment = await tools.environments.prepare(job.package, key, self._run_command, python)
        await asyncio.to_thread(tools.client_side.offer, environment, python)
        if python.note:
            self._log.write("runner", python.note)
        self._timer.step("environment")
        if self.grant.files:
            self._log.write("runner", names_of(self.grant.files))
        parameters = await fetch_inputs(tools.client, self.grant, job.input_files)
        job.hand_over(token=self.grant.token, parameters=parameters)
        return launch_of(
            self.grant,
            job=job,
            environment=environment,
            server=tools.server,
            until=self.until,
            platform=tools.platform,
        )

    @property
    def _is_velocity(self) -> bool:
        return self.grant.dialect == velocity.DIALECT

    async def _run_command(self, argv: list[str], env: Mapping[str, str], cwd: Path) -> int:
        """Run one command of the preparation with its output in the task's log."""
        launch = Launch(argv=argv, env=env, cwd=cwd, mark=self.grant.attempt, until=self.until)
        process = await self._launch(launch)
        outputs = [
            await Pipe.connect(source, lambda text: self._log.write("runner", text), self._log.crowded)
            for source in process.outputs.values()
        ]
        try:
            exit_ = await process.wait()
        finally:
            process.kill()
            await process.wait()
            self._process = None
            await _ended(outputs)
        if exit_.expired:
            self._end(Reason.LOST)
        if exit_.refused:
            raise PreparationFailed(f"{argv[0]} could not be started: {exit_.refused}.")
        return exit_.code if exit_.code is not None else 128 + (exit_.signal or 0)

    async def _run_bot(self, launch: Launch) -> Exit:
        """Start the bot, tell the server, and wait until the last of its processes is gone."""
        self._cwd = launch.cwd
        process = await self._launch(launch)
        outputs = [
            await Pipe.connect(process.outputs["stdout"], lambda text: self._log.write("stdout", text), self._crowded),
            await Pipe.connect(process.outputs["stderr"], self._write_error, self._crowded),
        ]
        if self._reason is not None:  # it came while the process was being started
            process.kill()
        telling = asyncio.create_task(self._tell_start(process))
        exit_ = await process.wait()
        self._over = True
        self._timer.step("run")
        await _ended(outputs)
        self._process = None
        if exit_.expired:
            self._reason = Reason.LOST
        if self._reason is Reason.LOST:
            telling.cancel()
            raise Abandoned
        await telling
        if exit_.refused:
            raise PreparationFailed(f"The bot could not be started: {exit_.refused}.")
        return exit_

    async def _launch(self, launch: Launch) -> Process:
        process = await self._tools.platform.launch(launch)
        self._process = process
        self._job.note_process(process.leftover)
        process.renew(self.until)
        return process

    def _crowded(self) -> bool:
        return self._log.crowded()

    async def _tell_start(self, process: Process) -> None:
        if await process.started():
            self._timer.step("launch")
            await self._deliver(running.start_attempt(self.grant.attempt))

    async def _report(self, exit_: Exit) -> None:
        """Send the rest of the log, then how the bot ended."""
        if self._reason is Reason.DRAIN:
            await self._release()
            return
        code = exit_.code if exit_.signal is None else 128 + exit_.signal
        message, output = "" if self.grant.dialect == "botcity" else self._account_of(exit_), None
        try:
            output = self._job.read_output()
        except OutputUnreadable as error:
            message = f"{message} {error}".lstrip()
            self._log.write("runner", str(error))
        output = await self._keep_files(output)
        await self._end_attempt(wire.EndCall(exit_code=code, signal=exit_.signal, message=message, output=output))

    async def _keep_files(self, output: Any) -> Any:
        """Send the files that the bot left and return its output with their names; whatever fails, the output stays."""
        outputs = Outputs(
            self._tools.client,
            self.grant.attempt,
            folder=self._job.output_files,
            ground=self._job.folder,
            most=self.grant.max_file_bytes,
            say=lambda text: self._log.write("runner", text),
            patient=self._patient,
        )
        try:
            await outputs.send()
            return await outputs.name_files(output, self.grant.file_outputs, self._cwd)
        except Gone:
            self._end(Reason.LOST)
            raise Abandoned from None
        except Exception as error:
            log.exception("outputs.broken", extra={"attempt": self.grant.attempt})
            self._log.write("runner", f"The files that the bot left could not be kept ({error}).")
            return output

    def _account_of(self, exit_: Exit) -> str:
        """Return what to say about an end that was not a success; nothing when somebody wanted it."""
        if self._reason is not None or exit_.code == 0:
            return ""
        if exit_.signal is not None:
            return f"The bot was ended by signal {exit_.signal} ({_SIGNALS.get(exit_.signal, 'unknown')})."
        said = f": {self._last_words.text}" if self._last_words.text else "."
        return f"The bot ended with exit code {exit_.code}{said}"

    def _write_error(self, text: str) -> None:
        self._log.write("stderr", text)
        self._last_words.hear(text)

    async def _report_failure(self, reason: str) -> None:
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
        if self._reason is Reason.LOST:
            raise Abandoned
        if self._reason is Reason.DRAIN:
            await self._release()
            return
        self._over = True
        reason = reason.encode("utf-8", "replace").decode()
        self._log.write("runner", reason)
        await self._end_attempt(wire.EndCall(outcome="failed", message=reason))

    async def _end_attempt(self, body: wire.EndCall) -> None:
        if not await self._log.complete():
            raise Abandoned
        try:
            await self._deliver(running.end_attempt(self.grant.attempt, body))
        except Refused as error:  # the output is the only part of a report that a bot can spoil
            message = f"{body.message} The bot's output was not accepted: {error.message}".lstrip()
            plain = msgspec.structs.replace(body, output=None, message=message)
            await self._deliver(running.end_attempt(self.grant.attempt, plain))
        self._timer.step("report")
        log.info("attempt.ended", extra={"attempt": self.grant.attempt, "exit_code": body.exit_code})

    async def _release(self) -> None:
        """Give the task back; a bot that reported its own end on the last signal has ended normally."""
        attempt = self.grant.attempt
        reason = "The runner was asked to stop."
        self._log.write("runner", f"{reason} The task goes back to the queue.")
        await self._log.complete()
        await self._deliver(running.release_attempt(attempt, wire.ReleaseCall(reason=reason)))

    async def _deliver(self, call: Call[T]) -> T | None:
        """Send a report however long the server is away; raises Abandoned when it is not wanted any more."""
        faults = 0
        for delay in exchange.backoff(most=3.0):
            try:
                return await self._tools.client.send(call, patience=0)
            except Unavailable as error:
                faults += error.status == 500
                if faults == MOST_FAULTS or not self._patient():
                    raise Abandoned from None
                await asyncio.sleep(max(delay, error.retry_after or 0.0))
            except Refused as error:
                log.warning("report.refused", extra={"attempt": self.grant.attempt, "reason": str(error)})
                if isinstance(error, Missing | Unauthenticated) or error.code == "stale_lease":
                    self._end(Reason.LOST)
                    raise Abandoned from None
                if not isinstance(error, Conflict):
                    raise
                return None  # the task has ended by other means, which is as good as our report
        return None

    def _patient(self) -> bool:
        return self._tools.platform.clock() <= self.until + PATIENCE_SECONDS

    def _end(self, reason: Reason, courtesy: float | None = None) -> None:
        """End the bot for a reason: at once, or after letting it see the interrupt for a moment and its grace."""
        if self._reason is not None and reason.value <= self._reason.value:
            return
        if self._over and reason is not Reason.LOST:
            return  # it has ended by itself, and that is what is reported
        self._reason = reason
        if self._preparing is not None and not self._preparing.done():
            self._preparing.cancel()
        elif self._process is None:
            return
        elif courtesy is None:
            self._process.kill()
        else:
            self._job.show_interrupt()
            self._ending = asyncio.create_task(self._end_politely(self._process, courtesy))

    async def _end_politely(self, process: Process, courtesy: float) -> None:
        await asyncio.sleep(courtesy)
        process.terminate()
        await asyncio.sleep(self.grant.grace_seconds)
        process.kill()

    async def _drain_after(self, grace: float) -> None:
        process = self._process
        await asyncio.sleep(grace)
        if process is not None and self._reason is None and not self._over:
            self._reason = Reason.DRAIN
            process.terminate()
            await asyncio.sleep(min(self.grant.grace_seconds, 5))
            process.kill()


class Timer:
    """Logs how long each step of an attempt took."""

    def __init__(self, platform: Platform, attempt: str) -> None:
        self._clock = platform.clock
        self._attempt = attempt
        self._last = self._clock()

    def step(self, name: str) -> None:
        """Note that a step is done."""
        now = self._clock()
        milliseconds = round((now - self._last) * 1000, 1)
        self._last = now
        log.debug("attempt.step", extra={"attempt": self._attempt, "step": name, "ms": milliseconds})


async def _ended(outputs: list[Pipe]) -> None:
    """Wait until everything that was written has been read."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*(output.ended for output in outputs)), DRAIN_OUTPUT_SECONDS)
