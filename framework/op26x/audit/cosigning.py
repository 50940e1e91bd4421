"""Asks witnesses to co-sign the checkpoints of our logs, and keeps what they answer: https://c2sp.org/tlog-witness"""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from op26x import logs
from op26x.audit.notes import COSIGNATURE, Checkpoint, Verifier, divided, read_checkpoint, signers
from op26x.audit.tree import Tree
from op26x.audit.witness import CONFLICT, DONE, NOT_PROVED, SIZE_TYPE, UNKNOWN, Asked
from op26x.errors import SettingsError, Tampered, UsageError
from op26x.exposure import is_loopback

log = logs.get("audit")

TIMEOUT_S = 5.0
FORM = "Write KEY URL for each, with commas between them; the witness prints both when it starts."


@dataclass(frozen=True, slots=True)
class KnownWitness:
    """A witness that co-signs our checkpoints.

    Attributes:
        verifier: What its co-signatures are checked with.
        url: What it is asked below, without a slash at its end.
    """

    verifier: Verifier
    url: str


def known_witnesses(setting: str) -> tuple[KnownWitness, ...]:
    """The witnesses that the setting ``witnesses`` names: ``KEY URL, KEY URL``.

    Raises:
        SettingsError: One is not of that form, or its address is not encrypted.
    """
    found = []
    for named in filter(None, map(str.strip, setting.split(","))):
        key, _, url = named.partition(" ")
        try:
            verifier = Verifier.parse(key)
        except UsageError as error:
            raise SettingsError(error.message, FORM) from None
        parts = urlsplit(url.strip())
        safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
        if verifier.kind != COSIGNATURE or not safe or not parts.hostname:
            raise SettingsError(f"{named[:200]!r} in witnesses is no witness with an address of https://.", FORM)
        found.append(KnownWitness(verifier, url.strip().rstrip("/")))
    return tuple(found)


class WitnessRefused(Exception):
    """A witness has seen another history of a log than the one that it was shown."""


class WitnessAway(Exception):
    """A witness can't be asked, or does not know the log."""


class Cosigning:
    """Has the newest checkpoint of a log co-signed.

    Args:
        witnesses: By whom.
        transport: Another way to reach them, for tests.

    Attributes:
        refused: By log and witness, what is wrong with a log: it is not the one that the witness saw.
        away: By log and witness, why one could not be asked when it was tried last.
    """

    def __init__(self, witnesses: tuple[KnownWitness, ...], transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._witnesses = witnesses
        self._transport = transport
        self._seen: dict[tuple[str, Verifier], int] = {}
        self.refused: dict[tuple[str, str], str] = {}
        self.away: dict[tuple[str, str], str] = {}

    async def cosign(self, trees: list[Tree]) -> None:
        """Asks every witness that has not co-signed the newest checkpoint of a log; one that is away is asked once."""
        if not self._witnesses:
            return
        async with httpx.AsyncClient(timeout=TIMEOUT_S, transport=self._transport) as client:
            await asyncio.gather(*(self._by_one(client, witness, trees) for witness in self._witnesses))

    async def _by_one(self, client: httpx.AsyncClient, witness: KnownWitness, trees: list[Tree]) -> None:
        for tree in trees:
            about = tree.organization_id, witness.verifier.name
            try:
                note = await tree.newest_checkpoint()
                if note and witness.verifier not in signers(note, [witness.verifier]):
                    await tree.add_signatures(read_checkpoint(note), await self._ask(client, witness, tree, note))
            except WitnessRefused as error:
                if about not in self.refused:
                    log.error("a witness saw another log", organization=about[0], witness=about[1], why=str(error))
                self.refused[about] = str(error)
                self.away.pop(about, None)
            except (WitnessAway, Tampered) as error:
                if about not in self.away:
                    log.warning("not co-signed", organization=about[0], witness=about[1], why=str(error))
                self.away[about] = str(error)
            except httpx.HTTPError as error:
                for other in trees:
                    self.away[other.organization_id, witness.verifier.name] = f"It does not answer: {error!r}."
                log.warning("a witness does not answer", witness=witness.verifier.name, exc_info=error)
                return
            else:
                self.refused.pop(about, None)
                self.away.pop(about, None)

    async def _ask(self, client: httpx.AsyncClient, witness: KnownWitness, tree: Tree, note: str) -> list[str]:
        checkpoint = read_checkpoint(note)
        about = checkpoint.origin, witness.verifier
        seen = min(self._seen.get(about, 0), checkpoint.size)
        answer = await _post(client, witness, note, seen, await tree.consistency(seen, checkpoint.size))
        if answer.status_code == CONFLICT and (known := _size_in(answer, checkpoint)) != seen:
            seen = known
            answer = await _post(client, witness, note, seen, await tree.consistency(seen, checkpoint.size))
        if answer.status_code in (CONFLICT, NOT_PROVED):
            raise WitnessRefused(f"The first {seen} entries are not those that it has co-signed.")
        if answer.status_code == UNKNOWN:
            raise WitnessAway("It does not know this log.")
        if answer.status_code != DONE:
            raise WitnessAway(f"It answers {answer.status_code}.")
        lines = _cosignatures(note, answer.text, witness.verifier)
        self._seen[about] = checkpoint.size
        return lines


async def _post(
    client: httpx.AsyncClient, witness: KnownWitness, note: str, old: int, proof: list[bytes]
) -> httpx.Response:
    return await client.post(f"{witness.url}/add-checkpoint", content=Asked(old, proof, note).body.encode())


def _size_in(answer: httpx.Response, checkpoint: Checkpoint) -> int:
    """The size of the log that a witness knows.

    Raises:
        WitnessRefused: It is larger than the log is.
        WitnessAway: The answer is not of the form that the protocol has.
    """
    said = answer.text.removesuffix("\n")
    if not answer.headers.get("content-type", "").startswith(SIZE_TYPE) or not said.isdecimal():
        raise WitnessAway("It answers 409 and no size.")
    if int(said) > checkpoint.size:
        raise WitnessRefused(f"It has co-signed {said} entries, and the log has {checkpoint.size}.")
    return int(said)


def _cosignatures(note: str, said: str, verifier: Verifier) -> list[str]:
    """The lines of an answer that this witness signed, and nothing else of it.

    Raises:
        WitnessAway: There is none, or it is wrong.
    """
    try:
        text, _ = divided(note)
        lines = [line for line in divided(f"{text}\n{said}")[1] if signers(f"{text}\n{line}", [verifier])]
    except Tampered:
        lines = []
    if not lines:
        raise WitnessAway("Its answer is no co-signature.")
    return lines
