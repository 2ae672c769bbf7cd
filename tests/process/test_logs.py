"""Log lines."""

import logging
import re

from app.process.logs import LineFormatter


def line(message, *arguments, error=None):
    record = logging.LogRecord("app.watch.hub", logging.WARNING, __file__, 1, message, arguments, error)
    return LineFormatter().format(record)


def test_a_record_is_one_line_of_pairs():
    assert re.fullmatch(
        r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=warning logger=app\.watch\.hub process=\d+ message="two words"',
        line("two %s", "words"),
    )


def test_line_breaks_cannot_forge_a_line():
    assert line("a\nlevel=error").endswith(r'message="a\nlevel=error"')


def test_an_error_keeps_its_stack_on_the_line():
    try:
        raise ValueError("why")
    except ValueError as error:
        text = line("failed", error=(type(error), error, error.__traceback__))
    assert "\n" not in text
    assert "ValueError: why" in text
