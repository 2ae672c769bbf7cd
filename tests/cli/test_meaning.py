"""What documents mean: Kubernetes' envelope and ours, lists, CRDs."""

import pytest

from app.cli.manifests.crd import convert_crd
from app.cli.manifests.errors import ManifestError
from app.cli.manifests.meaning import items_of, read_manifest
from schema_builder.definition import parse_definition


def crd(*, names=None, group="batch.example.org", scope="Namespaced", schema=None, columns=None, **version):
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "workflowtemplates.batch.example.org", "labels": {"app": "x"}},
        "spec": {
            "group": group,
            "scope": scope,
            "names": names
            or {"kind": "WorkflowTemplate", "plural": "workflowtemplates", "singular": "workflowtemplate"},
            "versions": [
                {
                    "name": "v1alpha1",
                    "served": True,
                    "storage": False,
                    "schema": {"openAPIV3Schema": {"type": "object"}},
                },
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema or {"type": "object"}},
                    "additionalPrinterColumns": columns or [],
                    **version,
                },
            ],
        },
    }


def test_a_crd_becomes_a_definition_of_its_storage_version():
    spec = {"type": "object", "properties": {"image": {"type": "string"}}}
    status = {"type": "object", "properties": {"phase": {"type": "string"}}}
    manifest = read_manifest(
        crd(
            schema={
                "type": "object",
                "description": "Runs things.",
                "properties": {
                    "apiVersion": {"type": "string"},
                    "kind": {"type": "string"},
                    "metadata": {"type": "object"},
                    "spec": spec,
                    "status": status,
                    "data": {"type": "string"},
                },
            }
        )
    )
    assert manifest.is_definition
    assert manifest.metadata == {"labels": {"app": "x"}}
    assert manifest.body["spec"] == {
        "kind": "WorkflowTemplate",
        "group": "batch.example.org",
        "scope": "NAMESPACED",
        "description": "Runs things.",
        "schema": spec,
        "statusSchema": status,
        "extraFields": {"data": {"type": "string"}},
    }
    definition = parse_definition(manifest.body["spec"], name=None)
    assert definition.name == "BatchExampleOrg_WorkflowTemplate"


@pytest.mark.parametrize(
    ("names", "plural", "singular"),
    [
        ({"kind": "WorkflowTemplate", "plural": "workflowtemplates", "singular": "workflowtemplate"}, None, None),
        ({"kind": "NetworkPolicy", "plural": "networkpolicies"}, None, None),
        ({"kind": "DNSChaos", "plural": "dnschaos", "singular": "dnschaos"}, "dnsChaos", None),
        ({"kind": "EventBus", "plural": "eventbus", "singular": "eventbus"}, "eventBus", None),
        ({"kind": "MatchableGateway", "plural": "gateways", "singular": "gateway"}, "gateways", "gateway"),
        ({"kind": "Thing", "plural": "my-things", "singular": "my-thing"}, None, None),
    ],
)  # fmt: skip
def test_names_of_a_crd_are_kept_where_they_say_more_than_the_kind(names, plural, singular):
    definition = convert_crd(crd(names=names))
    assert (definition.get("plural"), definition.get("singular")) == (plural, singular)


def test_printer_columns_become_columns_with_our_paths():
    columns = [
        {"name": "Phase", "type": "string", "jsonPath": ".status.phase"},
        {"name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type=='Ready')].status"},
        {"name": "External", "type": "string", "jsonPath": ".metadata.annotations.crossplane\\.io/external-name"},
        {"name": "Labelled", "type": "string", "jsonPath": ".metadata.labels['a\\.b/c']"},
        {"name": "Wide", "type": "string", "jsonPath": ".spec.wide", "priority": 1},
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
        {"name": "Going", "type": "date", "jsonPath": ".metadata.deletionTimestamp"},
        {"name": "Strange", "type": "string", "jsonPath": ".spec..deep[?(@.a>1)]"},
        {"name": "Share", "type": "fraction", "jsonPath": ".spec.share"},
    ]
    assert convert_crd(crd(columns=columns))["columns"] == [
        {"name": "Phase", "path": "status.phase", "type": "string"},
        {"name": "Ready", "path": 'status.conditions[?(@.type=="Ready")].status', "type": "string"},
        {"name": "External", "path": 'metadata.annotations["crossplane.io/external-name"]', "type": "string"},
        {"name": "Labelled", "path": 'metadata.labels["a.b/c"]', "type": "string"},
        {"name": "Going", "path": "metadata.deletionRequestedAt", "type": "date"},
        {"name": "Share", "path": "spec.share", "type": "string"},
    ]


def test_a_crd_that_keeps_unknown_fields_keeps_a_spec_that_it_does_not_describe():
    definition = convert_crd(crd(schema={"type": "object", "x-kubernetes-preserve-unknown-fields": True}))
    assert definition["schema"]["x-kubernetes-preserve-unknown-fields"] is True


def test_a_crd_without_spec_defines_a_kind_without_spec():
    definition = convert_crd(crd(schema={"type": "object", "properties": {"data": {"type": "string"}}}))
    assert "schema" not in definition
    assert definition["extraFields"] == {"data": {"type": "string"}}


@pytest.mark.parametrize(("root", "nullable"), [([], True), (["metadata"], True), (["spec"], None)])
def test_a_spec_that_the_root_does_not_require_may_be_absent(root, nullable):
    spec = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
    definition = convert_crd(crd(schema={"type": "object", "required": root, "properties": {"spec": spec}}))
    assert definition["schema"].get("nullable") is nullable
    assert "nullable" not in spec


def test_rules_at_the_root_of_a_crd_become_rules_of_the_kind():
    rules = [{"rule": "self.metadata.name == 'one'", "message": "there is one"}]
    root = {"type": "object", "properties": {"spec": {"type": "object"}}, "x-kubernetes-validations": rules}
    assert convert_crd(crd(schema=root))["rules"] == rules


def test_cluster_scope_is_kept():
    assert convert_crd(crd(scope="Cluster"))["scope"] == "CLUSTER"


def test_other_versions_of_crds_are_refused_by_name():
    with pytest.raises(ManifestError, match=r"v1beta1: only apiextensions\.k8s\.io/v1"):
        read_manifest({**crd(), "apiVersion": "apiextensions.k8s.io/v1beta1"})


@pytest.mark.parametrize(
    "spec",
    [None, [], {}, {"names": {}}, {"names": {"kind": "A"}}, {"names": {"kind": "A"}, "group": "g"},
     {"names": {"kind": "A"}, "group": "g", "versions": [{"storage": False}]},
     {"names": {"kind": "A"}, "group": "g", "versions": 3},
     {"names": {"kind": 3}, "group": "g", "versions": [{"storage": True}]},
     {"names": {"kind": "A"}, "group": "g", "scope": "Galaxy", "versions": [{"storage": True}]},
     {"names": {"kind": "A"}, "group": "g", "versions": [{"storage": True, "schema": {"openAPIV3Schema": 3}}]}],
)  # fmt: skip
def test_a_broken_crd_is_refused_with_its_place(spec):
    with pytest.raises(ManifestError, match="/spec"):
        read_manifest({**crd(), "spec": spec})


def test_what_a_kubernetes_server_sets_is_left_out():
    manifest = read_manifest(
        {
            "apiVersion": "batch.example.org/v1",
            "kind": "Job",
            "metadata": {
                "name": "j",
                "namespace": "n",
                "uid": "1",
                "resourceVersion": "2",
                "generation": 3,
                "creationTimestamp": None,
                "selfLink": "/x",
                "managedFields": [{}],
                "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}],
                "labels": {"a": "b"},
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "keep": "me"},
                "finalizers": ["example.org/f"],
            },
            "spec": {"a": 1},
            "status": {"b": 2},
        }
    )
    assert (manifest.kind, manifest.group) == ("Job", "batch.example.org")
    assert manifest.metadata == {
        "name": "j",
        "namespace": "n",
        "labels": {"a": "b"},
        "annotations": {"keep": "me"},
        "finalizers": ["example.org/f"],
    }
    assert manifest.body == {"spec": {"a": 1}, "status": {"b": 2}}


def test_our_own_form_names_the_group_beside_the_kind():
    manifest = read_manifest(
        {"kind": "Job", "group": "g.example", "metadata": {"name": "j", "ownerReferences": [{"kind": "A"}]}, "spec": {}}
    )
    assert (manifest.kind, manifest.group) == ("Job", "g.example")
    assert manifest.metadata["ownerReferences"] == [{"kind": "A"}]


@pytest.mark.parametrize(
    ("version", "group"), [("v1", None), ("apps/v1", "apps"), ("a.b.example/v1alpha1", "a.b.example")]
)
def test_the_api_version_names_the_group(version, group):
    assert read_manifest({"apiVersion": version, "kind": "A", "metadata": {"name": "a"}}).group == group


@pytest.mark.parametrize(
    "data",
    [3, "x", [], {}, {"kind": 3}, {"kind": ""}, {"metadata": {}}, {"kind": "A", "metadata": 3},
     {"kind": "A", "group": 3}, {"kind": "A", "apiVersion": 1}, {"kind": "A", "apiVersion": "a/v1", "group": "b"}],
)  # fmt: skip
def test_what_is_no_resource_is_refused(data):
    with pytest.raises(ManifestError):
        read_manifest(data)


def test_lists_stand_for_their_items():
    data = {
        "apiVersion": "v1",
        "kind": "List",
        "items": [{"kind": "A"}, {"kind": "BList", "apiVersion": "g/v1", "items": [{"metadata": {"name": "b"}}]}, 3],
    }
    assert list(items_of(data)) == [
        {"kind": "A"},
        {"apiVersion": "g/v1", "kind": "B", "metadata": {"name": "b"}},
        3,
    ]


def test_a_kind_that_happens_to_end_in_list_is_no_list():
    data = {"kind": "AllowList", "metadata": {"name": "a"}, "spec": {"items": []}}
    assert list(items_of(data)) == [data]
