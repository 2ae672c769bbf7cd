"""Frames of WebSockets, read and written as another implementation writes and reads them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame
from websockets.frames import Opcode as TheirOpcode
from websockets.streams import StreamReader

from app.process.websockets.frames import FrameReader, Message, Opcode, Violation, close_frame, frame, read_close
from app.process.websockets.handshake import accept_key, check, subprotocols

SIZES = st.one_of(st.integers(0, 200), st.sampled_from([125, 126, 65_535, 65_536, 70_000]))
KEY = (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ==")
VERSION = (b"sec-websocket-version", b"13")


@st.composite
def sent(draw: st.DrawFn) -> tuple[list[Message], bytes]:
    """Draw messages, and the bytes of a client that sends them in fragments, with control frames between those."""
    messages, wire = list[Message](), b""
    for _ in range(draw(st.integers(1, 5))):
        data = draw(st.binary(max_size=20)) * draw(st.integers(0, 30)) + b"x" * draw(SIZES)
        opcode = draw(st.sampled_from([TheirOpcode.TEXT, TheirOpcode.BINARY]))
        cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=3)))
        parts = [data[at:to] for at, to in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        for number, part in enumerate(parts):
            kind = opcode if number == 0 else TheirOpcode.CONT
            wire += Frame(kind, part, number == len(parts) - 1).serialize(mask=True)
            if number < len(parts) - 1 and draw(st.booleans()):
                messages.append(Message(Opcode.PING, b"?"))
                wire += Frame(TheirOpcode.PING, b"?").serialize(mask=True)
        messages.append(Message(int(opcode), data))
    return messages, wire


@given(sent(), st.lists(st.integers(1, 5_000), max_size=40))
def test_messages_arrive_however_they_are_cut(sent: tuple[list[Message], bytes], sizes: list[int]) -> None:
    messages, wire = sent
    reader, read, at = FrameReader(max_bytes=2**20), list[Message](), 0
    for size in [*sizes, len(wire)]:
        read += reader.feed(wire[at : at + size])
        at += size
    assert read == messages


@given(SIZES)
def test_frames_are_read_by_others_as_they_were_written(size: int) -> None:
    written = StreamReader()
    written.feed_data(frame(Opcode.TEXT, b"x" * size))
    reading = Frame.parse(written.read_exact, mask=False)
    assert _returned(reading) == Frame(TheirOpcode.TEXT, b"x" * size)


def _returned(generator: Any) -> Any:
    try:
        while True:
            next(generator)
    except StopIteration as done:
        return done.value


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (b"\x81\x01a", 1002),  # not masked
        (b"\xc1\x80\0\0\0\0", 1002),  # a reserved bit
        (b"\x83\x80\0\0\0\0", 1002),  # a reserved opcode
        (b"\x09\x80\0\0\0\0", 1002),  # a ping in fragments
        (b"\x89\xfe\x00\x7e\0\0\0\0", 1002),  # a long ping
        (b"\x80\x80\0\0\0\0", 1002),  # a continuation of nothing
        (b"\x01\x80\0\0\0\0\x81\x80\0\0\0\0", 1002),  # a message within a message
        (b"\x81\xfe\x03\xe9\0\0\0\0", 1009),  # 1,001 bytes
        (b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 1009),
        (b"\x01\xfe\x03\x00\0\0\0\0" + b"x" * 768 + b"\x80\xfe\x01\x00", 1009),  # 1,024 bytes in two fragments
    ],
)
def test_what_breaks_the_protocol_has_its_code(wire: bytes, code: int) -> None:
    with pytest.raises(Violation) as violation:
        list(FrameReader(max_bytes=1_000).feed(wire))
    assert violation.value.code == code


def test_what_came_before_a_violation_is_delivered() -> None:
    read = FrameReader(max_bytes=1_000).feed(b"\x81\x81\0\0\0\0a\x83\x80\0\0\0\0")
    assert next(read) == Message(Opcode.TEXT, b"a")
    with pytest.raises(Violation):
        next(read)


@pytest.mark.parametrize(
    ("payload", "code"), [(b"\x03", 1002), (b"\x03\xed", 1002), (b"\0\0", 1002), (b"\x03\xe8\xff", 1007)]
)
def test_close_frames_that_are_none_have_their_code(payload: bytes, code: int) -> None:
    with pytest.raises(Violation) as violation:
        read_close(payload)
    assert violation.value.code == code


def test_a_close_reason_is_cut_to_what_a_frame_holds() -> None:
    written = close_frame(4400, "é" * 100)
    assert len(written) <= 127
    assert read_close(written[2:]) == (4400, "é" * 61)
    assert read_close(close_frame(1005)[2:]) == (1005, "")


def test_the_key_is_answered_as_the_standard_shows() -> None:
    assert accept_key([KEY]) == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455, section 1.3


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", [KEY, VERSION], None),
        ("POST", [KEY, VERSION], 405),
        ("GET", [KEY], 426),
        ("GET", [KEY, (VERSION[0], b"8")], 426),
        ("GET", [VERSION], 400),
        ("GET", [VERSION, KEY, KEY], 400),
        ("GET", [VERSION, (KEY[0], b"c2hvcnQ=")], 400),
        ("GET", [VERSION, (KEY[0], b"%%%")], 400),
    ],
)
def test_requests_that_cannot_become_a_websocket_are_refused(method: str, headers: Any, status: int | None) -> None:
    refusal = check(method, headers)
    assert (None if refusal is None else refusal.status) == status


def test_subprotocols_are_read_from_all_headers_in_order() -> None:
    name = b"sec-websocket-protocol"
    assert subprotocols([(name, b"b, a"), (b"x", b"y"), (name, b" c,")]) == ["b", "a", "c"]
