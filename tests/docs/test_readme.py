"""README's first five minutes, word for word: every command runs, and answers what is printed below it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.serving import ServerProcess

ROOT = Path(__file__).parents[2]
WALK = (ROOT / "README.md").read_text().partition("## The first five minutes")[2].partition("### A Kubernetes CRD")[0]
PRINTED_URL = "http://127.0.0.1:8000"
BIN = Path(sys.executable).parent


def blocks() -> Iterator[list[str]]:
    """Yield the indented blocks."""
    for block in re.findall(r"(?:^(?: {4}.*|)\n)+", WALK, re.MULTILINE):
        lines = [line.removeprefix("    ") for line in block.strip("\n").splitlines()]
        if any(lines):
            yield lines


def is_whole(command: str) -> bool:
    try:
        shlex.split(command)
    except ValueError:
        return False
    return True


def commands() -> Iterator[str]:
    """Yield the commands, in their order; a quoted argument may go over several lines."""
    for lines in blocks():
        pending = ""
        for line in lines:
            if pending or re.match(r"(\S*/)?kindgraph |curl ", line):
                pending += f"{line}\n"
                if is_whole(pending):
                    yield pending.strip()
                    pending = ""


def answers() -> Iterator[str]:
    """Yield what README prints: rows of tables and of ``apply``, and JSON, which may go over several lines."""
    for lines in blocks():
        joined = re.sub(r"\n +", "", "\n".join(line for line in lines if not line.startswith("#")))
        yield from (line for line in joined.splitlines() if re.match(r'\{"data"|\S+/\S+ created$|[A-Z]{3,}  ', line))


def pattern(printed: str) -> str:
    """Return what a printed line stands for: … is anything, ages and widths differ."""
    return r"\s+".join(re.escape(word).replace("…", ".*") for word in printed.split())


def run(command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", command], check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )


def wait_for(expected: bytes, stream: subprocess.Popen[bytes]) -> None:
    assert stream.stdout is not None
    assert any(expected in line for line in stream.stdout), f"the stream ended without {expected!r}"


def test_every_command_runs_and_answers_what_is_printed(server_process: ServerProcess) -> None:
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "KINDGRAPH_SERVER": server_process.url}
    said, streams = "", []
    for command in commands():
        here = command.replace(PRINTED_URL, server_process.url).replace(".venv/bin/", "")
        if "--watch" in here or "-sN" in here:
            stream = subprocess.Popen(["bash", "-c", f"exec {here}"], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
            streams.append(stream)
            if "-sN" in here:
                wait_for(b"BOOKMARK", stream)
            continue
        done = run(here, environment)
        assert done.returncode == 0, f"{here}\n{done.stderr}"
        said += done.stdout + "\n"
    assert len(streams) == 2
    for printed in answers():
        assert re.search(pattern(printed), said), printed
    for stream, expected in zip(streams, (b"80", b'"type":"ADDED"'), strict=True):
        wait_for(expected, stream)
        stream.terminate()
        assert stream.stdout is not None
        stream.stdout.close()
        stream.wait(10)
