"""Sealed streams in any order of writing, killing, reading and tampering: the truth, a beginning of it, or an error."""

import random
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from framework.vault.sealed_streams import EDGES, ELSEWHERE, HERE, KEY, read, reader, refused, tried, whole, written
from op26x.vault.sealed_stream import PLAIN_BYTES, SEGMENT_BYTES, SealedWriter

MORE = st.integers(0, 4 * SEGMENT_BYTES)
SIZES = st.sampled_from([*EDGES[:-1], PLAIN_BYTES]) | st.integers(0, 3 * SEGMENT_BYTES)


@dataclass
class Stream:
    """A stream and what is known of it."""

    where: bytes
    writer: SealedWriter
    plain: bytes = b""
    file: bytes = b""
    appends: list[int] = field(default_factory=lambda: [0])
    finished: bool = False

    def append(self, sealed: bytes) -> None:
        self.file += sealed
        self.appends.append(len(self.file))

    def segments(self) -> list[bytes]:
        return [self.file[at : at + SEGMENT_BYTES] for at in range(0, len(self.file), SEGMENT_BYTES)]


class SealedStreams(RuleBasedStateMachine):
    """Two streams under one key, at first of two calls; the second may come to be of the same one."""

    streams: list[Stream]

    @initialize(same=st.booleans(), seed=st.integers(0, 2**32), sizes=st.tuples(MORE, MORE))
    def begin(self, same: bool, seed: int, sizes: tuple[int, int]) -> None:
        self.random = random.Random(seed)
        self.streams = [Stream(where, SealedWriter(KEY, where)) for where in (HERE, HERE if same else ELSEWHERE)]
        for stream, size in zip(self.streams, sizes, strict=True):
            self._write(stream, size)

    def any(self, data: st.DataObject, *, finished: bool | None = None) -> Stream:
        found = [s for s in self.streams if finished is None or s.finished is finished]
        return data.draw(st.sampled_from(found))

    @precondition(lambda self: not all(s.finished for s in self.streams))
    @rule(data=st.data(), size=SIZES)
    def write(self, data: st.DataObject, size: int) -> None:
        self._write(self.any(data, finished=False), size)

    def _write(self, stream: Stream, size: int) -> None:
        more = self.random.randbytes(size)
        stream.plain += more
        stream.append(stream.writer.write(more))

    @precondition(lambda self: not all(s.finished for s in self.streams))
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        stream = self.any(data, finished=False)
        stream.append(stream.writer.finish())
        stream.finished = True

    @rule(data=st.data())
    def killed_after_an_append(self, data: st.DataObject) -> None:
        stream = self.any(data)
        self._left(stream, data.draw(st.sampled_from(stream.appends)))

    @rule(data=st.data())
    def killed_within_an_append(self, data: st.DataObject) -> None:
        stream = self.any(data)
        self._left(stream, data.draw(st.integers(0, len(stream.file))))

    def _left(self, stream: Stream, size: int) -> None:
        left = reader(stream.file[:size], where=stream.where, finished=False)
        assert left.plain_size == len(whole(stream.plain, size))
        assert read(left) == whole(stream.plain, size)
        assert (size == len(stream.file) and stream.finished) or refused(reader(stream.file[:size], where=stream.where))

    @precondition(lambda self: any(s.finished for s in self.streams))
    @rule(data=st.data())
    def ranges(self, data: st.DataObject) -> None:
        stream = self.any(data, finished=True)
        file = reader(stream.file, where=stream.where)
        assert file.plain_size == len(stream.plain)
        assert read(file) == stream.plain
        for _ in range(3):
            start, end = (data.draw(st.integers(0, len(stream.plain) + 20)) for _ in range(2))
            assert read(file, start, end) == stream.plain[start:end]

    @rule(data=st.data())
    def flip(self, data: st.DataObject) -> None:
        stream = self.any(data)
        if stream.file:
            changed = bytearray(stream.file)
            changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
            self._tampered(stream, bytes(changed))

    @rule(data=st.data())
    def reorder(self, data: st.DataObject) -> None:
        stream = self.any(data)
        self._tampered(stream, b"".join(data.draw(st.permutations(stream.segments()))))

    @rule(data=st.data())
    def replay_or_leave_out(self, data: st.DataObject) -> None:
        stream = self.any(data)
        count = len(stream.segments())
        at, times = data.draw(st.integers(0, count)), data.draw(st.sampled_from([0, 2, 3]))
        segments = [part for index, part in enumerate(stream.segments()) for _ in range(times if index == at else 1)]
        self._tampered(stream, b"".join(segments))

    @rule(data=st.data())
    def splice(self, data: st.DataObject) -> None:
        stream = self.any(data)
        (other,) = [s for s in self.streams if s is not stream]
        segments, others = stream.segments(), other.segments()
        if segments and others:
            at, taken = data.draw(st.integers(0, len(segments) - 1)), data.draw(st.sampled_from(others))
            self._tampered(stream, b"".join([*segments[:at], taken, *segments[at + 1 :]]))
            self._tampered(stream, b"".join([*segments[:at], *others[at:]]))

    @rule(data=st.data())
    def splice_an_older_writing(self, data: st.DataObject) -> None:
        stream = self.any(data)
        segments, older = stream.segments(), written(stream.plain, where=stream.where)
        # One segment alone would be the whole older writing.
        if len(segments) > 1:
            at = data.draw(st.integers(0, len(segments) - 1))
            begin, end = at * SEGMENT_BYTES, (at + 1) * SEGMENT_BYTES
            self._tampered(stream, stream.file[:begin] + older[begin:end] + stream.file[end:])

    @rule(data=st.data())
    def of_another_call(self, data: st.DataObject) -> None:
        stream = self.any(data)
        where = data.draw(st.binary(max_size=20).filter(lambda found: found != stream.where))
        assert refused(reader(stream.file, where=where))
        if len(stream.file) >= SEGMENT_BYTES:
            assert refused(reader(stream.file, where=where, finished=False))

    def _tampered(self, stream: Stream, file: bytes) -> None:
        """No reading of it gives anything but the truth."""
        of_this_call = [s for s in self.streams if s.where == stream.where]
        for finished in (True, False):
            known = reader(file, where=stream.where, finished=finished)
            found = tried(known)
            if found is None:
                continue
            if finished:
                # A stream in the place of another of the same call is a whole stream, and nothing but that one.
                assert any(s.finished and s.file == file and s.plain == found for s in of_this_call)
            else:
                assert not found or any(s.plain.startswith(found) for s in of_this_call)
        for start in range(0, len(file), PLAIN_BYTES):
            part = tried(known, start, start + 100)
            assert not part or any(s.plain[start : start + 100].startswith(part) for s in of_this_call)


SealedStreams.TestCase.settings = settings(max_examples=60, stateful_step_count=25)
TestSealedStreams = SealedStreams.TestCase
