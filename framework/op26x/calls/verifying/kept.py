"""Checks of what is kept: only what may be, with proof, and no longer than promised."""

import asyncio
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, select

from op26x.calls.model import OPEN_STATES, Call
from op26x.calls.verifying.looking import Look, found
from op26x.consent import ConsentPurpose, ConsentState
from op26x.consent.model import Consent
from op26x.policy import RecordingMode
from op26x.recording import Recording, RecordingState
from op26x.recording.model import TranscriptLine
from op26x.recording.reconcile import Found

SWEPT_WITHIN = timedelta(hours=1)
"""The sweep runs each minute; a service may have been down for a while."""
PROVED = (RecordingMode.ANNOUNCE.value, RecordingMode.ASSENT.value)


async def recorded_where_off(look: Look) -> list[str]:
    """Recordings of calls that were not to be recorded."""
    own = select(Recording.call_id).join(Call, col(Call.id) == col(Recording.call_id)).where(*_kept(look))
    off = (col(Recording.mode) == RecordingMode.OFF.value) | (col(Call.recording_mode) == RecordingMode.OFF.value)
    wrong = await look.all(own.where(off | col(Call.recorded).is_(False)))
    return found("{} recordings are of calls that were not to be recorded", wrong)


async def words_without_recording(look: Look) -> list[str]:
    """Words of calls of which there is no recording."""
    kept = select(Recording.call_id).where(*_kept(look))
    own = select(TranscriptLine.call_id).where(TranscriptLine.organization_id == look.organization_id).distinct()
    wrong = await look.all(own.where(col(TranscriptLine.call_id).not_in(kept)))
    return found("Words of {} calls are stored without a recording", wrong)


async def recorded_without_proof(look: Look) -> list[str]:
    """Recordings whose announcement or assent is not in the consent ledger."""
    own = select(Recording.call_id).where(*_kept(look))
    unheard = await look.all(own.where(col(Recording.mode).in_(PROVED), Recording.announcement == ""))
    agreed = select(Consent.call_id).where(
        Consent.organization_id == look.organization_id,
        Consent.purpose == ConsentPurpose.RECORDING.value,
        Consent.state == ConsentState.GRANTED.value,
    )
    needed = own.where(Recording.mode == RecordingMode.ASSENT.value, col(Recording.call_id).not_in(agreed))
    return [
        *found("{} recordings needed an announcement, and none is on record", unheard),
        *found("{} recordings needed a yes, and none is on record", await look.all(needed)),
    ]


async def overdue(look: Look) -> list[str]:
    """What should have been erased."""
    late = look.now - SWEPT_WITHIN
    calls = select(Call.id).where(
        Call.organization_id == look.organization_id,
        col(Call.erased_at).is_(None),
        col(Call.state).not_in(OPEN_STATES),
        col(Call.expires_at) <= late,
    )
    recordings = select(Recording.call_id).where(*_kept(look), col(Recording.expires_at) <= late)
    consents = select(Consent.id).where(
        Consent.organization_id == look.organization_id, col(Consent.expires_at) <= look.now - timedelta(days=1)
    )
    return [
        *found("What is personal of {} calls is kept past its end", await look.all(calls)),
        *found("{} recordings are kept past their end", await look.all(recordings)),
        *found("{} entries of the consent ledger are kept past their end", await look.all(consents)),
    ]


async def kept_too_long(look: Look) -> list[str]:
    """What has an end that lies behind the organization's period."""
    days = await look.workspace.periods.days()
    own = Call.organization_id == look.organization_id, col(Call.erased_at).is_(None)
    calls = await look.all(select(Call.id).where(*own, col(Call.kept_days) > days))
    longer = select(Recording.call_id).join(Call, col(Call.id) == col(Recording.call_id))
    recordings = await look.all(longer.where(*_kept(look), col(Recording.expires_at) > col(Call.expires_at)))
    return [
        *found(f"{{}} calls are kept for more than the {days} days of the period", calls),
        *found("{} recordings are kept longer than their calls", recordings),
    ]


async def files_without_rows(look: Look) -> list[str]:
    """Files of recordings that no row knows of."""
    wrong = [one.id for one in look.differences if one.what in (Found.FILE_WITHOUT_ROW, Found.FILE_OF_ERASED)]
    return found("{} files are of recordings that were erased, or that nobody knows of", wrong)


async def keys_without_rows(look: Look) -> list[str]:
    """Keys of what was erased."""
    wrong = [one.id for one in look.differences if one.what is Found.KEY_WITHOUT_ROW]
    return found("{} keys are of calls or people that were erased, or that nobody knows of", wrong)


async def lost(look: Look) -> list[str]:
    """Recordings that can't be read any more, though they should be."""
    wrong = [one.id for one in look.differences if one.what in (Found.ROW_WITHOUT_FILE, Found.ROW_WITHOUT_KEY)]
    return found("The audio or the key of {} recordings is missing", wrong)


async def demands_waiting(look: Look) -> list[str]:
    """Erasures that somebody demanded and that are not done."""
    late = select(Recording.call_id).where(*_own(look), Recording.state == RecordingState.ERASING.value)
    waiting = [intent.record_id for intent in await asyncio.to_thread(look.workspace.intents.known)]
    return [
        *found("{} recordings were to be erased and are not yet", await look.all(late)),
        *found("{} demands could not be written down yet", waiting),
    ]


def _own(look: Look) -> list["sa.ColumnElement[bool]"]:
    return [col(Recording.organization_id) == look.organization_id]


def _kept(look: Look) -> list["sa.ColumnElement[bool]"]:
    return [*_own(look), col(Recording.state) != RecordingState.ERASED.value]
