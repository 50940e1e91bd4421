"""What a plugin is tested with: a fixture that holds a telephone call, in which every second passes at once.

Write ``pytest_plugins = ["op26x.testing"]`` into the ``conftest.py`` of your tests, and ask for ``telephone``::

    def test_it_repeats(telephone):
        telephone.set_up(op26x_parrot, llm="parrot")
        call = telephone.ring()
        call.say("good morning")
        assert call.agent_said[-1] == "You said: good morning."

``virtual_loop`` is the time in which a call lives; ``caller`` is who rings; ``scripted_llm`` and ``stand_ins`` are the
services that an agent uses where no plugin of yours takes their place; ``rig`` joins them to a switchboard, and
``telephone`` and ``phone_call`` make calls of them that read from top to bottom; ``failures`` hides none.
``promises`` are those of a store. Nothing leaves the process.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

import op26x.voice  # noqa: F401 - imports Pipecat without its warnings
from op26x.testing.failures import Failure
from op26x.testing.phone_call import PhoneCall
from op26x.testing.promises import check_blob_store
from op26x.testing.scripted_llm import End, Push, Say, Use, Wait
from op26x.testing.telephone import Telephone
from op26x.vault.key_store import check_key_store

__all__ = [
    "End",
    "Failure",
    "PhoneCall",
    "Push",
    "Say",
    "Telephone",
    "Use",
    "Wait",
    "check_blob_store",
    "check_key_store",
    "telephone",
]


@pytest.fixture
def telephone(tmp_path: Path) -> Iterator[Telephone]:
    """A telephone on which any number of calls may be made, one after the other.

    At the end of the test, calls that are still in progress are ended, and the test fails if a plugin's hook or a
    service has failed in a call that was not begun with ``may_fail=True``.
    """
    made = Telephone(tmp_path / "op26x")
    yield made
    made.close()
