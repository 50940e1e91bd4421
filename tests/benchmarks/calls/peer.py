"""The peer: a Twilio bot as Pipecat's own documentation and `pipecat init` host it, with stub providers.

The bot is the cascade bot that the project generator writes for telephony (`FastAPIWebsocketTransport`,
`TwilioFrameSerializer`, `SileroVADAnalyzer` in the user aggregator, `PipelineWorker` and `WorkerRunner` with
their defaults, metrics on, 8 kHz both ways, a greeting when the client connects); routes, handshake parsing
and `uvicorn.run` are those of its development runner. Departures, all of them in the peer's favour or needed
for a fair comparison:

- the providers are stubs, and the turn ends by `SpeechTimeoutUserTurnStopStrategy(0.2)` instead of the Smart
  Turn model;
- the log is at WARNING (the runner's is at DEBUG);
- `auto_hang_up=False`, for there is no Twilio account to hang up with; `ws://` instead of `wss://`.
"""

import sys

import uvicorn
from fastapi import FastAPI, WebSocket
from fastapi.responses import HTMLResponse
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import LLMRunFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

from stubs import StubLLM, StubSTT, StubTTS

VAD_STOP_S = 0.2
SPEECH_TIMEOUT_S = 0.2


async def run_bot(transport: FastAPIWebsocketTransport) -> None:
    """Hold one call, from greeting to hang-up."""
    context = LLMContext()
    user_aggregator, assistant_aggregator = LLMContextAggregatorPair(
        context,
        user_params=LLMUserAggregatorParams(
            vad_analyzer=SileroVADAnalyzer(params=VADParams(stop_secs=VAD_STOP_S)),
            user_turn_strategies=UserTurnStrategies(
                stop=[SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=SPEECH_TIMEOUT_S)]
            ),
        ),
    )
    pipeline = Pipeline(
        [
            transport.input(),
            StubSTT(),
            user_aggregator,
            StubLLM(),
            StubTTS(),
            transport.output(),
            assistant_aggregator,
        ]
    )
    worker = PipelineWorker(
        pipeline,
        params=PipelineParams(
            enable_metrics=True,
            enable_usage_metrics=True,
            audio_in_sample_rate=8000,
            audio_out_sample_rate=8000,
        ),
    )
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)

    @transport.event_handler("on_client_connected")
    async def on_client_connected(transport: FastAPIWebsocketTransport, client: WebSocket) -> None:
        context.add_message({"role": "developer", "content": "Start by concisely introducing yourself."})
        await worker.queue_frames([LLMRunFrame()])

    @transport.event_handler("on_client_disconnected")
    async def on_client_disconnected(transport: FastAPIWebsocketTransport, client: WebSocket) -> None:
        await runner.cancel()

    await runner.run()


def create_app(port: int) -> FastAPI:
    """The development runner's two telephony routes."""
    app = FastAPI()

    @app.post("/")
    async def start_call() -> HTMLResponse:
        xml = f"""<?xml version="1.0" encoding="UTF-8"?>
<Response>
  <Connect>
    <Stream url="ws://127.0.0.1:{port}/ws"></Stream>
  </Connect>
</Response>"""
        return HTMLResponse(content=xml, media_type="application/xml")

    @app.websocket("/ws")
    async def websocket_endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        _, call = await parse_telephony_websocket(websocket)
        serializer = TwilioFrameSerializer(
            stream_sid=call["stream_id"],
            call_sid=call["call_id"],
            params=TwilioFrameSerializer.InputParams(auto_hang_up=False),
        )
        params = FastAPIWebsocketParams(
            audio_in_enabled=True, audio_out_enabled=True, add_wav_header=False, serializer=serializer
        )
        await run_bot(FastAPIWebsocketTransport(websocket=websocket, params=params))

    return app


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    uvicorn.run(create_app(int(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
