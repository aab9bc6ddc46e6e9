"""Exchanging objects within one process and over pipes."""

import os
import queue
from typing import Any

from llmstudio.base import jsonl
from llmstudio.jobs.channel import LocalChannel, Message, PipeChannel, read_lines


def test_a_local_channel_ends_once_its_first_messages_are_received() -> None:
    channel = LocalChannel(first=[{"n": 1}, {"n": 2}])
    assert [channel.receive(1), channel.ended, channel.receive(1), channel.ended] == [{"n": 1}, False, {"n": 2}, True]
    assert channel.receive(5) is None  # at once


def test_a_local_channel_that_stays_ends_when_closed() -> None:
    told: list[Message] = []
    channel = LocalChannel(told.append, stays=True)
    assert channel.receive(0.0) is None
    assert not channel.ended
    channel.send({"n": 1})
    channel.close()
    assert not channel.ended
    assert channel.receive(1) == {"n": 1}
    assert channel.ended
    channel.emit({"m": 1})
    assert told == [{"m": 1}]


def pipes() -> tuple[Any, Any, Any, Any]:
    to_task, to_owner = os.pipe(), os.pipe()
    return (
        os.fdopen(to_task[0], "rb"),
        os.fdopen(to_task[1], "wb"),
        os.fdopen(to_owner[0], "rb"),
        os.fdopen(to_owner[1], "wb"),
    )


def test_a_pipe_channel_speaks_lines() -> None:
    task_in, owner_out, owner_in, task_out = pipes()
    channel = PipeChannel(task_in, task_out)
    owner_out.write(b'nonsense\n{"n":1}\n')
    owner_out.flush()
    assert channel.receive(10) == {"n": 1}
    channel.emit({"text": "é\n"})
    assert jsonl.decode(owner_in.readline()) == {"text": "é\n"}
    assert channel.receive(0.0) is None
    assert not channel.ended
    owner_out.close()
    assert channel.receive(10) is None
    assert channel.ended
    assert channel.receive(10) is None
    owner_in.close()
    channel.emit({"text": "nobody hears it"})  # no error
    task_in.close()


def test_reading_lines_ends_with_none_even_if_the_stream_breaks() -> None:
    task_in, owner_out, owner_in, task_out = pipes()
    task_in.close()
    into: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
    read_lines(task_in, into)
    assert into.get(timeout=1) is None
    for each in (owner_out, owner_in, task_out):
        each.close()
