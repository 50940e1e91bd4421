"""Work behind a call's back is done in order, and one piece that fails does not stop the next."""

import asyncio

from op26x.task_queue import TaskQueue


async def test_pieces_run_one_after_the_other_in_the_order_they_were_added() -> None:
    work, done = TaskQueue(), []

    async def piece(number: int) -> None:
        for _ in range(3 - number):
            await asyncio.sleep(0)
        done.append(number)

    for number in range(3):
        work.add(lambda number=number: piece(number))
    await work.done()
    assert done == [0, 1, 2]
    work.add(lambda: piece(3))
    await work.done()
    assert done == [0, 1, 2, 3]


async def test_what_is_added_by_a_piece_comes_after_what_waited() -> None:
    work, done = TaskQueue(), []

    async def first() -> None:
        work.add(lambda: piece("added"))
        done.append("first")

    async def piece(name: str) -> None:
        done.append(name)

    work.add(first)
    work.add(lambda: piece("second"))
    await work.done()
    assert done == ["first", "second", "added"]


async def test_a_piece_that_raises_does_not_stop_the_next() -> None:
    work, done = TaskQueue(), []

    async def fail() -> None:
        raise RuntimeError("this one")

    async def piece() -> None:
        done.append(True)

    work.add(fail)
    work.add(piece)
    await work.done()
    assert done == [True]


async def test_nothing_to_do_is_done() -> None:
    await TaskQueue().done()
