"""JSON values at rest."""

import orjson

from schema_builder.packed import Packed


def test_a_value_is_read_back_as_it_was_and_is_the_readers_own():
    value = {"b": [1, 2.5, None, "\N{SNOWMAN}"], "a": {"": False}}
    packed = Packed.of_text(orjson.dumps(value))
    read = packed.read()
    assert read == value
    assert list(read) == ["b", "a"]
    read["b"].append(3)
    assert packed.read() == value


def test_equal_texts_are_equal_and_repetition_takes_little_room():
    text = orjson.dumps({f"p{number}": {"type": "string"} for number in range(1_000)})
    assert Packed.of_text(text) == Packed.of_text(text)
    assert Packed.of_text(text) != Packed.of_text(b"1")
    assert Packed.of_text(text).size * 5 < len(text)
