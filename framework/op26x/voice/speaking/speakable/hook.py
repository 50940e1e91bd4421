"""What puts text for the ear in front of a voice."""

from pipecat.services.tts_service import TTSService
from pipecat.utils.text.base_text_aggregator import TextType
from pipecat.utils.text.simple_text_aggregator import SimpleTextAggregator

from op26x import logs
from op26x.voice.speaking.speakable.sentences import SentenceAggregator
from op26x.voice.speaking.speakable.text import speakable, without_signs

log = logs.get("voice")


class SpeakableText:
    """Makes speakable what a voice is handed, and nothing else.

    Context, transcript and live view keep the text as the LLM wrote it. A sentence of which nothing can be said
    (emoji, a rule, code) does not reach the voice. Times of words that a voice reports are those of the spoken text:
    ``$5`` is two words there.

    Args:
        language: As in BCP 47.
    """

    def __init__(self, language: str) -> None:
        self._language = language

    def load(self) -> None:
        """Loads the packages and rules, which takes a fraction of a second the first time."""
        speakable("**1** or 1st", self._language)
        SentenceAggregator(self._language)

    def apply(self, tts: TTSService) -> None:
        """Stands in front of a voice.

        Args:
            tts: Any. One that is handed pieces of words in place of sentences only has signs and emoji taken off; one
                with an aggregator of its own keeps it.
        """
        tts.add_text_transformer(self._transform)
        aggregator = tts._text_aggregator  # Pipecat has no public way to put in another
        if type(aggregator) is SimpleTextAggregator and aggregator.aggregation_type == TextType.SENTENCE:
            tts._text_aggregator = SentenceAggregator(self._language)

    async def _transform(self, text: str, text_type: str | TextType) -> str:
        try:
            return without_signs(text) if text_type == TextType.TOKEN else speakable(text, self._language)
        except Exception as error:
            log.error("a text is spoken as it was written", language=self._language, why=type(error).__name__)
            return text
