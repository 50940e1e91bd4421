"""Law 4: personal data at rest is AES-256. Plain text never touches a disk; what was changed is an error."""

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel, select

from laws.conftest import OpenScene
from laws.house import CALLED, CALLER, READER, Scene
from op26x.calls import Call
from op26x.errors import Tampered, UsageError
from op26x.recording import SpokenTurn, TranscriptLine
from op26x.types import Personal
from op26x.vault.cells import EncryptedColumn

SEALED = {
    ("call", "caller_number"),
    ("call", "called_number"),
    ("transcript_line", "content"),
    ("recording", "seal"),
    ("scheduled_call", "called_number"),
    ("phone_line", "number"),
    ("user", "email"),
    ("user", "name"),
    ("user", "totp_secret"),
    ("user", "totp_pending"),
    ("usage_event", "address"),
}


def test_every_column_of_bytes_is_an_encrypted_one() -> None:
    columns = {
        (table.name, column.name): column.type
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.LargeBinary | EncryptedColumn)
    }
    blind_or_public = {("audit_tile", "hashes"), ("registry_part", "entries")}
    assert set(columns) == SEALED | blind_or_public
    assert {name for name, kind in columns.items() if isinstance(kind, EncryptedColumn)} == SEALED


async def test_numbers_come_back_and_are_in_no_file(scene: OpenScene) -> None:
    stage = await scene()
    assert await stage.workspace.calls.numbers(stage.call.id, READER) == (CALLER, CALLED)
    await stage.workspace.database.checkpoint()
    content = stage.on_disk()
    assert not any(number.reveal()[1:].encode() in content for number in (CALLER, CALLED))


async def test_an_encrypted_column_takes_nothing_in_clear(scene: OpenScene) -> None:
    stage = await scene()
    with stage.workspace.database.session() as session:
        call = session.get_one(Call, stage.call.id)
        call.caller_number = b"+12125550123"
        session.add(call)
        with pytest.raises((UsageError, sa.exc.StatementError)):
            session.flush()
        session.rollback()


@settings(max_examples=25)
@given(position=st.integers(0, 10_000), flip=st.integers(1, 255))
async def test_a_changed_number_is_an_error_never_another_number(
    tmp_path_factory: pytest.TempPathFactory, position: int, flip: int
) -> None:
    stage = await Scene.open(tmp_path_factory.mktemp("flip"))
    sealed = bytearray(stage.call.caller_number or b"")
    sealed[position % len(sealed)] ^= flip
    await _overwrite(stage, "call", "caller_number", bytes(sealed), stage.call.id)
    with pytest.raises(Tampered):
        await stage.workspace.calls.numbers(stage.call.id, READER)
    stage.close()


async def test_swapped_columns_and_rows_are_errors(scene: OpenScene) -> None:
    stage = await scene()
    assert stage.call.called_number is not None
    await _overwrite(stage, "call", "caller_number", stage.call.called_number, stage.call.id)
    with pytest.raises(Tampered):
        await stage.workspace.calls.numbers(stage.call.id, READER)


async def test_swapped_words_are_errors(scene: OpenScene) -> None:
    stage = await scene()
    permit = stage.permit()
    _, recorder, key = await stage.workspace.recordings.begin(permit, stage.tap, lambda: None)
    for number, words in ((1, "yes"), (2, "no")):
        await stage.workspace.transcripts.add(permit, key, SpokenTurn(number, "caller", 0, 1, Personal(words)))
    await recorder.discard()
    with stage.workspace.database.session() as session:
        first, second = session.exec(select(TranscriptLine).order_by(sa.text("number"))).all()
    await _overwrite(stage, "transcript_line", "content", second.content or b"", first.id)
    with pytest.raises(Tampered):
        await stage.workspace.transcripts.of_call(stage.call.id, READER)


async def test_swapped_numbers_of_phone_lines_are_errors_and_none_is_in_any_file(scene: OpenScene) -> None:
    stage = await scene()
    lines = stage.workspace.phone_lines
    first, second = await lines.add("twilio", CALLED), await lines.add("other", CALLED)
    assert await lines.number(await lines.get(second.id)) == CALLED
    await _overwrite(stage, "phone_line", "number", second.number or b"", first.id)
    with pytest.raises(Tampered):
        await lines.number(await lines.get(first.id))
    await stage.workspace.database.checkpoint()
    assert CALLED.reveal()[1:].encode() not in stage.on_disk()


@settings(max_examples=25)
@given(position=st.integers(0, 10**9), flip=st.integers(1, 255))
async def test_a_changed_recording_is_an_error_never_other_audio(
    tmp_path_factory: pytest.TempPathFactory, position: int, flip: int
) -> None:
    stage = await Scene.open(tmp_path_factory.mktemp("flip"))
    await stage.record(bytes(range(160)) * 60)
    (file,) = (stage.folder / "data" / "blobs").rglob(stage.call.id)
    content = bytearray(file.read_bytes())
    content[position % len(content)] ^= flip
    file.write_bytes(content)
    with pytest.raises(Tampered):
        await stage.read()
    stage.close()


@settings(max_examples=25)
@given(cut=st.integers(1, 10**9))
async def test_a_recording_that_was_cut_is_an_error(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    stage = await Scene.open(tmp_path_factory.mktemp("cut"))
    await stage.record(bytes(range(160)) * 120)
    (file,) = (stage.folder / "data" / "blobs").rglob(stage.call.id)
    content = file.read_bytes()
    file.write_bytes(content[: -(1 + cut % (len(content) - 1))])
    with pytest.raises(Tampered):
        await stage.read()
    stage.close()


async def _overwrite(stage: Scene, table: str, column: str, value: bytes, row: str) -> None:
    """Writes into the database past all of our own code."""

    def write(session: object) -> None:
        statement = sa.text(f"UPDATE {table} SET {column} = :value WHERE id = :row").bindparams(value=value, row=row)
        session.execute(statement)  # type: ignore[attr-defined]

    await stage.workspace.database.run(write)
