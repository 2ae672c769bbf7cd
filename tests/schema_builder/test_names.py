"""What GraphQL calls kinds and properties."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema_builder.names import (
    MAX_NAME_LENGTH,
    assign_field_names,
    bounded,
    field_name,
    kind_names,
    pascal,
    plural_of,
    singular_of,
)

LEGAL = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*\Z")


def test_a_kind_without_group_is_called_by_its_kind():
    names = kind_names("ExternalService")
    assert names.type_name == "ExternalService"
    assert (names.singular_field, names.plural_field) == ("externalService", "externalServices")
    assert names.update_status == "updateExternalServiceStatus"
    assert names.watch == "watchExternalServices"
    assert (names.create_input, names.connection) == ("CreateExternalServiceInput", "ExternalServiceConnection")


def test_a_group_prefixes_types_and_fields():
    names = kind_names("ExternalService", group="net.example.org")
    assert names.type_name == "NetExampleOrg_ExternalService"
    assert names.singular_field == "netExampleOrg_externalService"
    assert names.create == "createNetExampleOrg_ExternalService"
    assert names.watch == "watchNetExampleOrg_ExternalServices"


def test_hyphens_and_leading_digits_of_a_group_give_legal_names():
    names = kind_names("Issuer", group="cert-manager.io")
    assert names.type_name == "Cert_managerIo_Issuer"
    assert LEGAL.match(kind_names("Foo", group="3scale.net").singular_field)


def test_a_lower_case_kind_gets_a_capital():
    assert kind_names("foo").type_name == "Foo"


def test_a_plural_that_equals_the_singular_gets_a_suffix():
    assert kind_names("Sheep", plural="sheep", singular="sheep").plural_field == "sheepList"


def test_a_graphql_name_overrides_everything():
    names = kind_names("Foo", group="a.b", plural="many", graphql_name="HTTPPolicy")
    assert (names.type_name, names.singular_field, names.plural_field) == ("HTTPPolicy", "httpPolicy", "httpPolicies")


@pytest.mark.parametrize(
    ("kind", "singular"),
    [("ExternalService", "externalService"), ("HTTPRoute", "httpRoute"), ("URL", "url"), ("foo", "foo"), ("A", "a")],
)
def test_leading_capitals_are_lowered(kind, singular):
    assert singular_of(kind) == singular


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("ingress", "ingresses"),
        ("box", "boxes"),
        ("batch", "batches"),
        ("policy", "policies"),
        ("gateway", "gateways"),
        ("service", "services"),
    ],
)
def test_plurals_follow_the_rule(singular, plural):
    assert plural_of(singular) == plural


@pytest.mark.parametrize(
    ("original", "name"),
    [("port", "port"), ("x-y", "x_y"), ("a.b", "a_b"), ("1st", "_1st"), ("$ref", "_ref"), ("__x", "_x"), ("_", "_")],
)
def test_property_names_are_escaped_only_where_needed(original, name):
    assert field_name(original) == name


def test_a_legal_name_wins_over_an_escaped_one():
    names = assign_field_names(["x-y", "x_y", "x.y"])
    assert names["x_y"] == "x_y"
    assert names["x-y"].startswith("x_y_")
    assert len(set(names.values())) == 3


def test_a_reserved_name_is_escaped_even_if_legal():
    names = assign_field_names(["_and", "port"], reserved={"_and", "_or", "_not"})
    assert names["port"] == "port"
    assert names["_and"].startswith("_and_")


def test_long_names_are_bounded_and_stay_different():
    first, second = bounded("a" * 500 + "x"), bounded("a" * 500 + "y")
    assert len(first) == len(second) == MAX_NAME_LENGTH
    assert first != second


def test_type_name_parts_are_in_pascal_case():
    assert pascal("maxConns") == "MaxConns"
    assert pascal("x-y_z") == "XYZ"
    assert LEGAL.match("K" + pascal("😀"))


@given(st.lists(st.text(max_size=30), unique=True, max_size=30), st.sets(st.sampled_from(["_and", "_extra", "a"])))
def test_field_names_are_legal_and_never_collide(originals, reserved):
    names = assign_field_names(originals, reserved)
    assert list(names) == originals
    assert len(set(names.values())) == len(originals)
    assert all(LEGAL.match(name) and name not in reserved for name in names.values())
    assert assign_field_names(reversed(originals), reserved) == names
