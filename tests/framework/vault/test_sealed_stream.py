"""Sealed streams: any part of one reads as it was written, or is refused; Tink reads ours and we read Tink's."""

import hashlib
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
import tink
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tink import proto_keyset_format, secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

from framework.vault.sealed_streams import (
    ANOTHER_KEY,
    EDGES,
    ELSEWHERE,
    HERE,
    KEY,
    read,
    reader,
    refused,
    whole,
    written,
)
from op26x.errors import Tampered, VaultError
from op26x.vault.aead import bind, expand
from op26x.vault.sealed_stream import SEGMENT_BYTES, SealedReader, SealedWriter

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())["stream"]
SOME = random.Random(26).randbytes(100_000)
THREE = written(SOME[:20_000])
"""Three segments, the last one short."""
TYPE = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"

streaming_aead.register()


def tinks(key: bytes) -> streaming_aead.StreamingAead:
    """Tink's own reader and writer of streams with a key of ours."""
    params = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=8192, derived_key_size=32, hkdf_hash_type=common_pb2.SHA256
    )
    value = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(version=0, key_value=key, params=params)
    data = tink_pb2.KeyData(
        type_url=TYPE, value=value.SerializeToString(), key_material_type=tink_pb2.KeyData.SYMMETRIC
    )
    only = tink_pb2.Keyset.Key(key_id=1, status=tink_pb2.ENABLED, output_prefix_type=tink_pb2.RAW, key_data=data)
    keyset = tink_pb2.Keyset(primary_key_id=1, key=[only])
    handle = proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    primitive: streaming_aead.StreamingAead = handle.primitive(streaming_aead.StreamingAead)
    return primitive


class Sink(io.BytesIO):
    """Keeps what Tink wrote when Tink closes it."""

    content = b""

    def close(self) -> None:
        self.content = self.content or self.getvalue()
        super().close()


@pytest.mark.parametrize("size", EDGES)
def test_tink_reads_what_we_wrote(size: int) -> None:
    with tinks(KEY).new_decrypting_stream(io.BytesIO(written(SOME[:size])), HERE) as stream:
        assert stream.read() == SOME[:size]


@pytest.mark.parametrize("size", EDGES)
def test_we_read_what_tink_wrote(size: int) -> None:
    sink = Sink()
    with tinks(KEY).new_encrypting_stream(sink, HERE) as stream:
        stream.write(SOME[:size])
    file = reader(sink.content)
    assert file.plain_size == size
    assert read(file) == SOME[:size]
    assert len(sink.content) == len(written(SOME[:size]))


@pytest.mark.parametrize(("key", "where"), [(ANOTHER_KEY, HERE), (KEY, ELSEWHERE)], ids=["key", "place"])
def test_tink_refuses_ours_with_another_key_or_place(key: bytes, where: bytes) -> None:
    with tinks(key).new_decrypting_stream(io.BytesIO(THREE), where) as stream, pytest.raises(tink.TinkError):
        stream.read()


@pytest.mark.parametrize("end", [SEGMENT_BYTES, SEGMENT_BYTES + 100, 2 * SEGMENT_BYTES, len(THREE) - 1])
def test_tink_too_reads_the_whole_segments_of_an_unfinished_stream_and_then_says_so(end: int) -> None:
    got = b""
    with (
        tinks(KEY).new_decrypting_stream(io.BytesIO(THREE[:end]), HERE) as stream,
        pytest.raises(tink.TinkError),
    ):
        while piece := stream.read(1):
            got += piece
    ours = whole(SOME, end)
    assert ours.startswith(got)
    # A whole segment at the end of what there is: only we are told that it need not be the last.
    assert len(got) >= len(whole(SOME, end - 1))


@given(st.sampled_from(EDGES) | st.integers(0, len(SOME)), st.data())
def test_a_stream_comes_back_in_whatever_pieces_it_was_written(size: int, data: st.DataObject) -> None:
    writer, file, at = SealedWriter(KEY, HERE), b"", 0
    while at < size:
        end = at + data.draw(st.integers(0, size - at) | st.just(size - at))
        file += writer.write(SOME[at:end])
        at = end
    file += writer.finish()
    assert reader(file).plain_size == size
    assert read(reader(file)) == SOME[:size]
    assert SOME[:16] not in file


@given(st.sampled_from(EDGES), st.data())
def test_any_range_is_the_slice(size: int, data: st.DataObject) -> None:
    stream = reader(written(SOME[:size]))
    positions = st.sampled_from(EDGES) | st.integers(0, size + 10)
    for _ in range(5):
        start, end = data.draw(positions), data.draw(positions)
        assert read(stream, start, end) == SOME[:size][start:end]


def test_a_range_reads_no_more_of_the_file_than_its_segments_once_the_stream_is_known() -> None:
    fetched: list[tuple[int, int]] = []
    file = written(SOME)

    async def fetch(start: int, end: int) -> bytes:
        fetched.append((start, end))
        return file[start:end]

    stream = SealedReader(KEY, HERE, fetch, len(file))
    read(stream, 0, 1)
    fetched.clear()
    read(stream, 50_000, 50_100)
    assert sum(end - start for start, end in fetched) == SEGMENT_BYTES


@given(st.integers(0, len(THREE) - 1))
def test_a_stream_cut_at_any_byte_is_refused_and_so_is_every_range_of_it(end: int) -> None:
    stream = reader(THREE[:end])
    assert refused(stream)
    assert refused(stream, 0, 1)


@pytest.mark.parametrize("end", [*range(60), *(SEGMENT_BYTES + more for more in range(-20, 20)), 2 * SEGMENT_BYTES])
def test_a_stream_cut_about_an_edge_is_refused_by_every_reading_of_it(end: int) -> None:
    stream = reader(THREE[:end])
    assert refused(stream)
    assert refused(stream, 0, 1)
    assert refused(stream, 0, 0)


@given(st.integers(0, len(THREE)))
def test_what_a_killed_writer_left_reads_as_its_whole_segments(end: int) -> None:
    stream = reader(THREE[:end], finished=False)
    assert stream.plain_size == len(whole(SOME, end))
    assert read(stream) == whole(SOME, end)


@pytest.mark.parametrize("size", EDGES)
def test_a_writer_killed_after_its_last_append_left_all_its_whole_segments(size: int) -> None:
    file = written(SOME[:size])
    assert read(reader(file, finished=False)) == whole(SOME[:size], len(file))


@pytest.mark.parametrize("size", EDGES)
def test_an_unfinished_stream_does_not_pass_for_a_finished_one(size: int) -> None:
    file = SealedWriter(KEY, HERE).write(SOME[:size])
    assert refused(reader(file))


@given(st.integers(0, len(THREE) - 1), st.integers(1, 255))
def test_any_changed_byte_is_refused(at: int, change: int) -> None:
    file = bytearray(THREE)
    file[at] ^= change
    assert refused(reader(bytes(file)))


@given(st.binary(min_size=1, max_size=2 * SEGMENT_BYTES))
@settings(max_examples=30)
def test_anything_added_is_refused(more: bytes) -> None:
    assert refused(reader(THREE + more))


@given(st.binary(max_size=300))
def test_what_is_no_stream_is_refused(noise: bytes) -> None:
    assert refused(reader(noise))


@given(st.binary(min_size=32, max_size=32))
def test_another_key_is_refused(key: bytes) -> None:
    assume(key != KEY)
    assert refused(reader(THREE, key))
    assert refused(reader(THREE, key, finished=False))


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=26), min_size=3, max_size=3), st.data())
def test_another_organization_call_or_kind_is_refused(place: list[str], data: st.DataObject) -> None:
    other = list(place)
    other[data.draw(st.integers(0, 2))] = data.draw(st.text(st.characters(codec="utf-8"), max_size=26))
    assume(other != place)
    file = written(b"some audio", where=bind("sealed stream", *place))
    assert read(reader(file, where=bind("sealed stream", *place))) == b"some audio"
    assert refused(reader(file, where=bind("sealed stream", *other)))


@pytest.mark.parametrize("there", [0, 30, 40, 50, SEGMENT_BYTES, SEGMENT_BYTES + 5, len(THREE) - 1])
def test_a_file_that_is_shorter_than_it_was_written_is_refused(there: int) -> None:
    async def fetch(start: int, end: int) -> bytes:
        return THREE[:there][start:end]

    assert refused(SealedReader(KEY, HERE, fetch, len(THREE)))


def test_two_streams_of_the_same_are_never_alike() -> None:
    assert written(SOME[:100])[1:40] != written(SOME[:100])[1:40]
    assert written(SOME[:100])[40:] != written(SOME[:100])[40:]


def test_a_finished_stream_takes_nothing_more() -> None:
    writer = SealedWriter(KEY, HERE)
    writer.write(SOME[:10_000])
    writer.finish()
    for use in (writer.finish, lambda: writer.write(b""), lambda: writer.write(SOME)):
        with pytest.raises(VaultError, match="finished"):
            use()


def test_an_error_says_which_segment_and_what_to_do() -> None:
    file = bytearray(THREE)
    file[SEGMENT_BYTES + 100] ^= 1
    with pytest.raises(Tampered, match="Segment 1 ") as caught:
        read(reader(bytes(file)))
    assert "backup" in caught.value.remedy
    assert isinstance(caught.value, VaultError)
    assert read(reader(bytes(file)), 0, 8136) == SOME[:8136]


def _vector(plain: bytes) -> bytes:
    parts = iter([bytes.fromhex(VECTORS["salt"]), bytes.fromhex(VECTORS["nonce_prefix"])])
    key = expand(bytes.fromhex(VECTORS["data_key"]), VECTORS["purpose"])
    return written(plain, key, bind(*VECTORS["where"]), lambda length: next(parts))


def test_the_vectors_of_the_page_are_what_is_written() -> None:
    long: dict[str, Any] = VECTORS["long"]
    file = _vector(bytes(i % 251 for i in range(long["plain_bytes"])))
    segments = [file[at : at + SEGMENT_BYTES] for at in range(0, len(file), SEGMENT_BYTES)]
    assert bind("op26x", VECTORS["purpose"]).hex() == VECTORS["info"]
    assert expand(bytes.fromhex(VECTORS["data_key"]), VECTORS["purpose"]).hex() == VECTORS["key"]
    assert bind(*VECTORS["where"]).hex() == VECTORS["associated_data"]
    assert _vector(bytes.fromhex(VECTORS["short"]["plain"])).hex() == VECTORS["short"]["file"]
    assert len(file) == long["file_bytes"]
    assert [hashlib.sha256(segment).hexdigest() for segment in segments] == long["segments_sha256"]
    assert hashlib.sha256(file).hexdigest() == long["file_sha256"]


def test_the_page_quotes_the_vectors() -> None:
    page = (Path(__file__).parents[3] / "docs" / "sealed-format.md").read_text()
    quoted = "".join(page.split())
    value = json.loads((Path(__file__).parent / "vectors.json").read_text())["value"]
    digits = [VECTORS[name] for name in ("data_key", "info", "key", "associated_data", "salt", "nonce_prefix")]
    digits += [value[name] for name in ("info", "key", "associated_data", "nonce", "sealed")]
    digits += [*VECTORS["short"].values(), value["plain"].encode().hex()]
    assert not [found for found in digits if found not in quoted]


def test_tink_reads_the_vector() -> None:
    file = io.BytesIO(bytes.fromhex(VECTORS["short"]["file"]))
    auditor = tinks(bytes.fromhex(VECTORS["key"]))
    with auditor.new_decrypting_stream(file, bytes.fromhex(VECTORS["associated_data"])) as stream:
        assert stream.read().hex() == VECTORS["short"]["plain"]
