"""The data directory's lock and its socket path."""

import os
import stat
import subprocess
import sys

import pytest

from app.embedded.data_directory import MAX_SOCKET_PATH_BYTES, DataDirectory
from app.embedded.errors import DatabaseUnusable, DataDirectoryInUse

HOLD_THE_LOCK_AND_DIE = """
import os, subprocess, sys
from pathlib import Path
from app.embedded.data_directory import DataDirectory
directory = DataDirectory.open(Path(sys.argv[1]))
subprocess.Popen(["sleep", sys.argv[2]], pass_fds=[directory.lock_descriptor], stdout=subprocess.DEVNULL)
os._exit(0)
"""


def die_with_a_child_that_holds_the_lock(path, seconds):
    subprocess.run([sys.executable, "-c", HOLD_THE_LOCK_AND_DIE, str(path), str(seconds)], check=True)


def test_a_directory_in_use_names_the_process_that_has_it(tmp_path):
    first = DataDirectory.open(tmp_path)
    try:
        with pytest.raises(DataDirectoryInUse, match=f"process {os.getpid()}"):
            DataDirectory.open(tmp_path)
    finally:
        first.close()


def test_a_closed_directory_can_be_opened_again(tmp_path):
    DataDirectory.open(tmp_path).close()
    DataDirectory.open(tmp_path).close()


def test_a_stale_lock_file_is_no_hindrance(tmp_path):
    (tmp_path / "lock").write_text("4194304 1\n")
    DataDirectory.open(tmp_path).close()


def test_what_a_killed_server_left_running_is_waited_for(tmp_path):
    die_with_a_child_that_holds_the_lock(tmp_path, 0.5)
    DataDirectory.open(tmp_path, timeout_seconds=20).close()


def test_what_does_not_end_is_waited_for_only_so_long(tmp_path):
    die_with_a_child_that_holds_the_lock(tmp_path, 5)
    with pytest.raises(DataDirectoryInUse, match="of a server that has gone"):
        DataDirectory.open(tmp_path, timeout_seconds=0.2)


def test_the_socket_directory_is_for_its_user_alone(tmp_path):
    directory = DataDirectory.open(tmp_path / "new")
    try:
        assert stat.S_IMODE(directory.run.stat().st_mode) == 0o700
        assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700
    finally:
        directory.close()


def test_a_deep_directory_has_a_short_private_way_to_its_socket(tmp_path):
    deep = tmp_path.joinpath(*["a-rather-long-name"] * 8)
    directory = DataDirectory.open(deep)
    try:
        assert len(os.fsencode(directory.socket)) <= MAX_SOCKET_PATH_BYTES
        assert directory.socket.parent.resolve() == directory.run
        assert stat.S_IMODE(directory.short_path.stat().st_mode) == 0o700
    finally:
        directory.close()
    assert not directory.short_path.exists()


def test_a_directory_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnusable, match="cannot be used"):
        DataDirectory.open(tmp_path / "file" / "data")
