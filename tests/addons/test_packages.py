"""Packages: their digest, what is refused, and what of them may run."""

from __future__ import annotations

import importlib.metadata
import io
import os
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from controllers.addons.allowed import Allowance, Allowed
from controllers.addons.container import container_command
from controllers.addons.errors import AddonRefused, ManifestBroken, NotAllowed, PackageBroken
from controllers.addons.files import File, archive, digest_of, read_archive, read_directory
from controllers.addons.manifest import Permission
from controllers.addons.marketplace import INDEX, find_offer, offers, open_offer, write_index
from controllers.addons.names import Heartbeat
from controllers.addons.package import Package, PackageStore, addon_body, read_package
from controllers.addons.program import Surroundings, program_of
from controllers.addons.release import Wanted, check_permissions, release_of
from controllers.addons.scaffold import write_scaffold
from controllers.addons.upgrade import Situation, Step, decide
from controllers.external_services.settings import Settings
from tests.addons.conftest import write_addon, write_script

AROUND = Surroundings(server="http://127.0.0.1:1", token="t0ken")
BEAT = Heartbeat("greeter", "main", "0a1b")


def release_from(package: Package, **spec: Any) -> Any:
    wanted = Wanted.of_spec({**addon_body(package)["spec"], **spec})
    assert wanted is not None
    return release_of(wanted, package.manifest)


def tar_of(*members: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    return buffer.getvalue()


def member(name: str, **fields: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def test_a_directory_and_its_archive_are_one_package_whenever_they_were_written(tmp_path: Path) -> None:
    first = write_script(tmp_path / "a", "print(1)")
    os.utime(tmp_path / "a" / "main.py", (1, 1))
    (tmp_path / "a" / "__pycache__").mkdir()
    (tmp_path / "a" / "__pycache__" / "main.pyc").write_bytes(b"cached")
    again = read_package(tmp_path / "a")
    assert again.digest == first.digest
    assert again.archive() == first.archive()
    assert digest_of(read_archive(first.archive())) == first.digest
    (tmp_path / "a" / "main.py").chmod(0o755)
    assert read_package(tmp_path / "a").digest != first.digest


@pytest.mark.parametrize(
    "hostile",
    [
        member("../outside"),
        member("/etc/passwd"),
        member("a/../../b"),
        member("./a"),
        member("a\\b"),
        member("a\nb"),
        member("x" * 201),
        member("link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        member("hard", type=tarfile.LNKTYPE, linkname="addon.yaml"),
        member("device", type=tarfile.CHRTYPE),
        member("pipe", type=tarfile.FIFOTYPE),
    ],
)
def test_an_archive_holds_nothing_but_plain_files_below_it(hostile: tarfile.TarInfo) -> None:
    with pytest.raises(PackageBroken):
        read_archive(tar_of(hostile))


def test_an_archive_that_is_none_or_too_large_or_says_something_twice_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = archive({"a": File(b"1")})
    for data in (b"", b"no archive", whole[:-12], tar_of(member("a"), member("a")), tar_of(member("a"), member("a/b"))):
        with pytest.raises(PackageBroken):
            read_archive(data)
    monkeypatch.setattr("controllers.addons.files.MAX_BYTES", 1_000)
    with pytest.raises(PackageBroken, match="larger"):
        read_archive(archive({"a": File(bytes(600)), "b": File(bytes(600))}))
    monkeypatch.setattr("controllers.addons.files._MAX_ARCHIVE", 20_000)
    with pytest.raises(PackageBroken, match="larger"):
        read_archive(archive({"bomb": File(bytes(1_000_000))}))


def test_no_link_is_followed_in_a_directory(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    write_script(tmp_path / "a", "")
    for target in (tmp_path / "secret", tmp_path):
        (tmp_path / "a" / "link").symlink_to(target)
        with pytest.raises(PackageBroken, match="link"):
            read_directory(tmp_path / "a")
        (tmp_path / "a" / "link").unlink()
    os.mkfifo(tmp_path / "a" / "pipe")
    with pytest.raises(PackageBroken, match="pipe"):
        read_directory(tmp_path / "a")


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ({"name": "Big Name"}, "name"),
        ({"version": "../1"}, "version"),
        ({"surprise": 1}, "surprise"),
        ({"controllers": [{"name": "a"}]}, "what runs"),
        ({"controllers": [{"name": "a", "command": ["x"], "entryPoint": "m:o"}]}, "what runs"),
        ({"controllers": [{"name": "a", "image": "example.org/a:latest"}]}, "digest"),
        ({"controllers": [{"name": "a", "image": "--privileged@sha256:" + "0" * 64}]}, "digest"),
        ({"controllers": [{"name": "a", "entryPoint": "--help"}]}, "MODULE:OBJECT"),
        ({"controllers": [{"name": "a", "command": ["x"]}, {"name": "a", "command": ["x"]}]}, "different names"),
        ({"definitions": ["nowhere.yaml"]}, "no file nowhere.yaml"),
        ({"configurationSchema": {"type": "nothing"}}, "configurationSchema"),
    ],
)
def test_a_manifest_that_breaks_a_rule_is_refused_with_its_place(
    tmp_path: Path, manifest: dict[str, Any], told: str
) -> None:
    with pytest.raises(ManifestBroken, match=told):
        write_addon(tmp_path / "a", {}, **manifest)


@pytest.mark.parametrize(
    "name", ["LD_PRELOAD", "ld_library_path", "PYTHONPATH", "PATH", "KINDGRAPH_SERVER", "HTTPS_PROXY", "BASH_ENV"]
)
def test_variables_that_steer_loaders_or_interpreters_cannot_be_declared(tmp_path: Path, name: str) -> None:
    with pytest.raises(ManifestBroken, match="cannot be set"):
        write_script(tmp_path / "a", "", environment=[{"name": name, "value": "x"}])


def test_a_resource_sets_declared_variables_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_MANAGER", "secret")
    package = write_script(tmp_path / "a", "", environment=[{"name": "STYLE", "value": "plain"}])
    for name in ("LD_PRELOAD", "PYTHONPATH", "OTHER"):
        with pytest.raises(AddonRefused, match=name):
            release_from(package, controllers=[{"name": "main", "environment": [{"name": name, "value": "x"}]}])
    release = release_from(package, controllers=[{"name": "main", "environment": [{"name": "STYLE", "value": "bold"}]}])
    (controller,) = release.controllers
    program = program_of(release, controller, heartbeat=BEAT, directory=tmp_path / "a", around=AROUND)
    assert program.environment["STYLE"] == "bold"
    assert "OF_THE_MANAGER" not in program.environment
    assert program.command == (sys.executable, "main.py")


def test_what_runs_is_what_the_package_says_and_not_the_resource(tmp_path: Path) -> None:
    package = write_script(tmp_path / "a", "")
    evil = {"name": "main", "command": ["/bin/sh", "-c", "evil"], "image": "evil", "entryPoint": "os:system"}
    release = release_from(package, controllers=[evil])
    program = program_of(release, release.controllers[0], heartbeat=BEAT, directory=tmp_path / "a", around=AROUND)
    assert program.command == (sys.executable, "main.py")


@pytest.mark.parametrize("first", ["../../bin/sh", "/bin/sh", "bin/../../../bin/sh", "./nothing", "no-such-program"])
def test_a_command_with_a_path_is_a_file_of_the_package(tmp_path: Path, first: str) -> None:
    release = release_from(write_script(tmp_path / "a", "", command=[first]))
    with pytest.raises(AddonRefused):
        program_of(release, release.controllers[0], heartbeat=BEAT, directory=tmp_path / "a", around=AROUND)


def test_only_a_package_in_an_allowed_place_with_the_digest_is_found(tmp_path: Path) -> None:
    package = write_script(tmp_path / "allowed" / "a", "print(1)")
    elsewhere = write_script(tmp_path / "elsewhere" / "b", "print(2)", version="6.6.6")
    (tmp_path / "allowed" / "link").symlink_to(tmp_path / "elsewhere" / "b")
    (tmp_path / "allowed" / "link.tar.gz").symlink_to(tmp_path / "elsewhere" / "b.tar.gz")
    (tmp_path / "elsewhere" / "b.tar.gz").write_bytes(elsewhere.archive())
    allowed = Allowed([Allowance(str(tmp_path / "allowed"))])
    assert allowed.find("greeter", package.digest).digest == package.digest
    with pytest.raises(NotAllowed) as refused:
        allowed.find("greeter", elsewhere.digest)
    assert refused.value.reason == "DigestMismatch"
    with pytest.raises(NotAllowed) as refused:
        allowed.find("other", package.digest)
    assert refused.value.reason == "PackageNotAllowed"
    (tmp_path / "allowed" / "a" / "main.py").write_text("print('tampered')")
    with pytest.raises(NotAllowed):
        allowed.find("greeter", package.digest)
    pinned = Allowed([Allowance.parse(f"{tmp_path / 'allowed'}@{package.digest}")])
    assert list(pinned.packages()) == []


def test_an_installed_entry_point_is_found_by_its_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = write_script(tmp_path / "brought_addon", "")
    (tmp_path / "brought_addon" / "__init__.py").write_text("")
    package = read_package(tmp_path / "brought_addon")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = importlib.metadata.EntryPoint("greeter", "brought_addon", "kindgraph.addons")

    def entry_points(*, group: str, name: str) -> list[importlib.metadata.EntryPoint]:
        return [found] if (group, name) == ("kindgraph.addons", "greeter") else []

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    assert Allowed((), [Allowance("greeter")]).find("greeter", package.digest) == package
    with pytest.raises(NotAllowed):
        Allowed((), [Allowance("another")]).find("greeter", package.digest)
    with pytest.raises(NotAllowed):
        Allowed((), [Allowance("greeter", f"sha256:{'0' * 64}")]).find("greeter", package.digest)


def test_the_private_copy_is_made_anew_when_somebody_has_changed_it(tmp_path: Path) -> None:
    package = write_script(tmp_path / "a", "print(1)")
    store = PackageStore(tmp_path / "store")
    copy = store.put(package)
    assert store.put(package) == copy
    (copy / "main.py").chmod(0o600)
    (copy / "main.py").write_text("print('tampered')")
    assert (store.put(package) / "main.py").read_text() == "print(1)"
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__" / "main.cpython-311.pyc").write_bytes(b"evil")
    assert not (store.put(package) / "__pycache__").exists()
    assert sorted(one.name for one in (tmp_path / "store").iterdir()) == [copy.name]


def test_a_configuration_fits_the_schema_of_the_package(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"port": {"type": "integer"}}, "additionalProperties": False}
    package = write_script(tmp_path / "a", "")
    package = write_addon(
        tmp_path / "a", {}, configurationSchema=schema, controllers=[{"name": "main", "command": ["python", "main.py"]}]
    )
    assert release_from(package, configuration={"port": 1}).configuration == {"port": 1}
    with pytest.raises(AddonRefused, match="/port") as refused:
        release_from(package, configuration={"port": "x"}, configurationSchema={})
    assert refused.value.reason == "ConfigurationInvalid"


def test_what_a_package_needs_must_be_granted(tmp_path: Path) -> None:
    manifest = write_addon(tmp_path / "a", {}, permissions=[{"kinds": ["A", "B"], "verbs": ["get"]}]).manifest
    check_permissions({"permissions": [{"kinds": ["*"], "verbs": ["get", "list"]}]}, manifest)
    with pytest.raises(AddonRefused, match="get of B"):
        check_permissions({"permissions": [{"kinds": ["A"], "verbs": ["*"]}]}, manifest)
    assert Permission(kinds=["*"], verbs=["*"]).covers("A", "delete")


def test_a_marketplace_is_its_index_and_refuses_other_contents(tmp_path: Path) -> None:
    for version in ("1.9.0", "1.10.0", "1.10.0-rc.1"):
        package = write_script(tmp_path / "a", f"print('{version}')", version=version)
        (tmp_path / package.file_name).write_bytes(package.archive())
    write_index(tmp_path)
    assert [one.version for one in offers(tmp_path)] == ["1.10.0", "1.10.0-rc.1", "1.9.0"]
    assert offers(tmp_path / INDEX) == offers(tmp_path)
    assert open_offer(find_offer(tmp_path, "greeter")).manifest.version == "1.10.0"
    assert find_offer(tmp_path, "greeter@1.9.0").version == "1.9.0"
    with pytest.raises(AddonRefused, match="no package"):
        find_offer(tmp_path, "greeter@3")
    (tmp_path / "greeter-1.10.0.tar.gz").write_bytes((tmp_path / "greeter-1.9.0.tar.gz").read_bytes())
    with pytest.raises(PackageBroken, match="as the index says"):
        open_offer(find_offer(tmp_path, "greeter"))
    for file in ("../outside.tar.gz", "/etc/x.tar.gz"):
        index = (tmp_path / INDEX).read_text().replace("greeter-1.9.0.tar.gz", file)
        (tmp_path / "other.json").write_text(index)
        with pytest.raises(AddonRefused, match="no index"):
            offers(tmp_path / "other.json")


def test_a_new_addon_is_valid(tmp_path: Path) -> None:
    write_scaffold(tmp_path / "my_addon")
    package = read_package(tmp_path / "my_addon")
    assert package.manifest.name == "my-addon"
    assert release_from(package).configuration == {"greeting": "hello"}
    assert release_from(package, configuration=None).configuration == {"greeting": "hello"}
    with pytest.raises(AddonRefused, match="not empty"):
        write_scaffold(tmp_path / "my_addon")


def test_the_addon_that_comes_along_is_a_package_and_told_by_variables() -> None:
    package = read_package(Path(__file__).parents[2] / "controllers" / "external_services")
    assert [one["kind"] for one in package.manifest.definitions] == ["ExternalService"]
    release = release_from(package, configuration={"workers": 8})
    program = program_of(release, release.controllers[0], heartbeat=BEAT, directory=Path(), around=AROUND)
    assert Settings.read(program.environment).workers == 8
    with pytest.raises(AddonRefused, match="LD_PRELOAD"):
        release_from(package, configuration={"LD_PRELOAD": "evil.so"})


def test_a_container_gets_its_variables_by_name_and_no_rights() -> None:
    image = f"example.org/greeter@sha256:{'0' * 64}"
    run, cleanup = container_command("/bin/podman", image, command=["serve"], variables=["A", "B"], heartbeat=BEAT)
    assert run[:2] == ("/bin/podman", "run")
    assert {"--env=A", "--env=B", "--cap-drop=ALL", "--read-only", "--rm"} <= set(run)
    assert run[-2:] == (image, "serve")
    assert cleanup[:3] == ("/bin/podman", "rm", "--force")
    assert f"--name={cleanup[-1]}" in run


@pytest.mark.parametrize(
    ("situation", "step"),
    [
        (Situation("a"), Step.START),
        (Situation("a", candidate="a"), Step.KEEP),
        (Situation("a", candidate="a", candidate_seconds=1e6), Step.KEEP),
        (Situation("a", candidate="a", candidate_healthy=True), Step.PROMOTE),
        (Situation("a", active="a"), Step.KEEP),
        (Situation("b", active="a"), Step.START),
        (Situation("b", active="a", candidate="b", candidate_seconds=1), Step.KEEP),
        (Situation("b", active="a", candidate="b", candidate_seconds=120), Step.ROLL_BACK),
        (Situation("b", active="a", failed="b"), Step.KEEP),
        (Situation("c", active="a", failed="b"), Step.START),
        (Situation("c", active="a", candidate="b"), Step.START),
        (Situation("a", active="a", candidate="b"), Step.ABANDON),
        (Situation("b", failed="b"), Step.START),
    ],
)
def test_one_release_gives_way_to_another(situation: Situation, step: Step) -> None:
    assert decide(situation) is step
