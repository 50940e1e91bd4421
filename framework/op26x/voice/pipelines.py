"""Pipelines of Pipecat's as calls need them: nothing in them that watches, counts or waits by itself."""

from collections.abc import Sequence

from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameProcessor

from op26x.g711 import SAMPLE_RATE


def pipeline_of(processors: Sequence[FrameProcessor]) -> PipelineWorker:
    """A worker for these processors, in order; audio has the rate of the phone line."""
    return PipelineWorker(
        Pipeline(list(processors)),
        enable_rtvi=False,
        enable_turn_tracking=False,
        idle_timeout_secs=None,
        check_dangling_tasks=False,
        params=PipelineParams(audio_in_sample_rate=SAMPLE_RATE, audio_out_sample_rate=SAMPLE_RATE),
    )


async def give_another_chance(service: FrameProcessor) -> None:
    """Has a service try again that Pipecat has written off after a wrong key, say.

    It would be handed nothing more, silently: the next failure would look like one in time.
    """
    if not service.is_usable:
        await service.set_usable(True)
