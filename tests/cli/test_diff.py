"""``kindgraph diff`` and ``apply --allow-breaking``: what would change, and what it would break."""

from app.cli.applying import Applied
from app.cli.diffing import Colours, shown_difference

DEFINITION = """
kind: ResourceDefinition
spec:
  kind: Gauge
  schema: {type: object, properties: {unit: {type: string}, max: {type: integer}}}
"""
NARROWER = """
kind: ResourceDefinition
spec:
  kind: Gauge
  schema: {type: object, properties: {unit: {type: string, enum: [bar]}, low: {type: integer}}}
"""


def gauge(**spec):
    return f"\n---\nkind: Gauge\nmetadata: {{name: g}}\nspec: {spec}\n"


async def test_nothing_different_is_nothing_said_and_zero(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION + gauge(unit="bar"))
    ran = await cli("diff", "-f", "-", stdin=DEFINITION + gauge(unit="bar"))
    assert (ran.code, ran.out, ran.err) == (0, "", "")


async def test_a_breaking_definition_is_told_with_places_resources_and_how_to_go_on(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION + gauge(unit="volt", max=3))
    ran = await cli("diff", "-f", "-", stdin=NARROWER)
    assert ran.code == 1, ran.err
    lines = ran.out.splitlines()
    assert lines[0] == "ResourceDefinition/Gauge would be configured"
    assert "  BREAKING  clients   /spec/schema/properties/max: spec.max is removed" in lines
    assert "  BREAKING  resources /spec/schema/properties/max: spec.max is removed" in lines
    assert "  SAFE      clients   /spec/schema/properties/low: spec.low is new" in lines
    assert "  1 of 1 stored resources would be refused as they are:" in lines
    assert any(line.startswith("    default/g: /spec/max ") for line in lines)
    assert "  This needs allowBreaking: true in the definition, or kindgraph apply --allow-breaking." in lines
    assert "\x1b" not in ran.out
    assert [line[2:] for line in lines if line.startswith("  +") and "low" in line] == ["+      low:"]
    assert (await cli("diff", "-f", "-", stdin=NARROWER)).out == ran.out


async def test_apply_refuses_what_breaks_unless_it_is_allowed(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION + gauge(unit="volt"))
    refused = await cli("apply", "-f", "-", stdin=NARROWER)
    assert refused.code == 1
    assert "\n  /spec/allowBreaking: must be true" in refused.err
    assert "\n  /spec/schema/properties/max: spec.max is removed" in refused.err
    allowed = await cli("apply", "--allow-breaking", "-f", "-", stdin=NARROWER)
    assert (allowed.code, allowed.out) == (0, "ResourceDefinition/Gauge configured\n")
    assert (await cli("diff", "-f", "-", stdin=NARROWER)).code == 0


async def test_a_resource_is_shown_as_it_would_be(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION + gauge(unit="bar"))
    ran = await cli("diff", "-f", "-", stdin=gauge(unit="volt"))
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "Gauge/g would be configured",
        "  --- now",
        "  +++ applied",
        "  @@ -3,4 +3,4 @@",
        "     name: g",
        "     namespace: default",
        "   spec:",
        "  -  unit: bar",
        "  +  unit: volt",
    ]


async def test_a_kind_and_its_resources_that_are_not_there_would_be_created(cli):
    ran = await cli("diff", "-f", "-", stdin=DEFINITION + gauge(unit="bar"))
    assert (ran.code, ran.out) == (1, "ResourceDefinition/Gauge would be created\nGauge/g would be created\n")
    assert (await cli("get", "resourcedefinition", "Gauge")).code == 1


async def test_what_is_wrong_is_said_and_two(cli):
    await cli("apply", "-f", "-", stdin=DEFINITION)
    ran = await cli("diff", "-f", "-", stdin=gauge(unit=5) + gauge(max=1))
    assert ran.code == 2
    assert "/spec/unit" in ran.err
    assert "Gauge/g would be created" in ran.out
    assert (await cli("diff", "-f", "/nowhere")).code == 2
    assert (await cli("diff", "--server", "http://127.0.0.1:1", "-f", "-", stdin=DEFINITION)).code == 2


def test_colours_are_for_terminals():
    applied = Applied(
        "ResourceDefinition",
        "A",
        "configured",
        None,
        None,
        {"changes": [{"severity": "SAFE", "audience": "CLIENTS", "path": "/spec", "message": "is \x1b[2J new"}]},
    )
    plain, painted = (list(shown_difference(applied, Colours(wanted=wanted))) for wanted in (False, True))
    assert plain[1] == "  SAFE      clients   /spec: is \\x1b[2J new"
    assert painted[1] == "  \x1b[32mSAFE     \x1b[0m clients   /spec: is \\x1b[2J new"
