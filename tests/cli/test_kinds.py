"""What KIND on the command line means."""

import pytest

from app.cli.errors import CommandFailed
from app.cli.explaining import split_kind
from app.cli.kinds import Kind, resolve_kind, select_by_group


def kind(name, kind, group=None, **spec):
    return Kind.of_definition(name, {"kind": kind, "group": group, **spec})


SERVICE = kind("ExternalService", "ExternalService")
CLUSTER = kind("Cluster", "Cluster")
CLUSTER_A = kind("AExample_Cluster", "Cluster", "a.example")
CLUSTER_B = kind("BExample_Cluster", "Cluster", "b.example")
BUS = kind("AExample_EventBus", "EventBus", "a.example", plural="eventBus")
MACHINE = kind("AExample_Machine", "Machine", "a.example", scope="CLUSTER")
KINDS = [SERVICE, CLUSTER, CLUSTER_A, CLUSTER_B, BUS, MACHINE]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("ExternalService", SERVICE),
        ("externalService", SERVICE),
        ("externalServices", SERVICE),
        ("externalservices", SERVICE),
        ("EXTERNALSERVICE", SERVICE),
        ("Cluster", CLUSTER),
        ("AExample_Cluster", CLUSTER_A),
        ("aexample_cluster", CLUSTER_A),
        ("aExample_clusters", CLUSTER_A),
        ("clusters.a.example", CLUSTER_A),
        ("cluster.b.example", CLUSTER_B),
        ("Cluster.b.example", CLUSTER_B),
        ("eventbus", BUS),
        ("eventbus.a.example", BUS),
        ("machines", MACHINE),
    ],
)
def test_a_kind_is_found_by_any_of_its_names(word, meant):
    assert resolve_kind(word, KINDS) is meant


def test_an_ambiguous_word_lists_the_candidates():
    with pytest.raises(CommandFailed) as failed:
        resolve_kind("clusters", KINDS)
    for candidate in ("Cluster", "AExample_Cluster (clusters.a.example)", "BExample_Cluster (clusters.b.example)"):
        assert candidate in failed.value.message


def test_a_definitions_own_name_is_never_ambiguous():
    assert resolve_kind("Cluster", KINDS) is CLUSTER


def test_an_unknown_word_suggests_near_ones():
    with pytest.raises(CommandFailed, match="no kind 'externalServise'; did you mean ExternalService"):
        resolve_kind("externalServise", KINDS)


def test_a_hostile_word_is_shown_harmlessly():
    with pytest.raises(CommandFailed) as failed:
        resolve_kind("\x1b[2J", KINDS)
    assert "\x1b" not in failed.value.message


@pytest.mark.parametrize(
    ("named", "group", "meant"),
    [
        ("Cluster", None, CLUSTER),
        ("Cluster", "a.example", CLUSTER_A),
        ("AExample_Cluster", None, CLUSTER_A),
        ("AExample_Cluster", "a.example", CLUSTER_A),
    ],
)
def test_a_manifest_names_its_kind_by_group_and_kind(named, group, meant):
    assert select_by_group(named, group, KINDS) is meant


def test_a_kind_of_another_group_is_offered_and_not_taken():
    with pytest.raises(CommandFailed, match="no kind Machine without a group; there is AExample_Machine"):
        select_by_group("Machine", None, KINDS)


def test_a_kind_that_nobody_defined_is_refused():
    with pytest.raises(CommandFailed, match="no kind ConfigMap without a group"):
        select_by_group("ConfigMap", None, KINDS)


@pytest.mark.parametrize(
    ("text", "meant", "path"),
    [
        ("externalservice", SERVICE, ()),
        ("externalservice.spec.port", SERVICE, ("spec", "port")),
        ("clusters.a.example.spec", CLUSTER_A, ("spec",)),
        ("clusters.a.example", CLUSTER_A, ()),
        ('machine.spec["a.b"].c', MACHINE, ("spec", "a.b", "c")),
        ('machine["data"]', MACHINE, ("data",)),
    ],
)
def test_a_path_to_explain_begins_with_a_kind(text, meant, path):
    assert split_kind(text, KINDS) == (meant, path)
