"""Runs one Pipecat service in a minimal pipeline, as a call does, and keeps what came out."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from pipecat.frames.frames import ErrorFrame, Frame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

NEVER_S = 10.0


@dataclass
class Heard:
    """What came out.

    Attributes:
        frames: Every frame that left the service, in order.
        errors: The errors that the worker was told of.
        seconds: From the first frame queued to the last one waited for.
    """

    frames: list[Frame] = field(default_factory=list)
    errors: list[ErrorFrame] = field(default_factory=list)
    seconds: float = 0.0

    def of(self, kind: type[Any]) -> list[Any]:
        """The frames of a type."""
        return [frame for frame in self.frames if isinstance(frame, kind)]


class Ear(FrameProcessor):
    """Keeps the frames that pass.

    Args:
        heard: Where.
        changed: Set at each frame.
    """

    def __init__(self, heard: Heard, changed: asyncio.Event) -> None:
        super().__init__()
        self._heard = heard
        self._changed = changed

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Keeps a frame and passes it on."""
        await super().process_frame(frame, direction)
        self._heard.frames.append(frame)
        self._changed.set()
        await self.push_frame(frame, direction)


async def listen(
    service: FrameProcessor,
    *queued: Frame,
    until: Callable[[Heard], bool],
    around: Callable[[FrameProcessor, FrameProcessor], list[FrameProcessor]] | None = None,
    then: Callable[[PipelineWorker, Heard], Awaitable[None]] | None = None,
) -> Heard:
    """Runs a service until it has said what is waited for.

    Args:
        service: The service.
        queued: Frames for it.
        until: Whether enough came out.
        around: Puts processors around the service and the ear; default is none.
        then: Runs when ``until`` was met, before the pipeline ends.

    Raises:
        TimeoutError: It never came.
    """
    heard, changed = Heard(), asyncio.Event()
    ear = Ear(heard, changed)
    worker = PipelineWorker(
        Pipeline(around(service, ear) if around else [service, ear]),
        enable_rtvi=False,
        enable_turn_tracking=False,
        idle_timeout_secs=None,
        check_dangling_tasks=False,
        params=PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000),
    )

    async def failed(_worker: object, frame: ErrorFrame) -> None:
        heard.errors.append(frame)
        changed.set()

    worker.add_event_handler("on_pipeline_error", failed)
    runner = WorkerRunner(handle_sigint=False, check_dangling_tasks=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    try:
        began = time.monotonic()
        for frame in queued:
            await worker.queue_frame(frame)
        async with asyncio.timeout(NEVER_S):
            while not until(heard):
                changed.clear()
                await changed.wait()
        heard.seconds = time.monotonic() - began
        if then:
            await then(worker, heard)
    finally:
        await runner.cancel()
        await running
    return heard
