"""Real servers of Debian's packages, on free ports of the loopback, with data of their own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest
from redis.asyncio import Redis

from tests.external_services.waiting import PATIENCE_SECONDS

PASSWORD: Final = "s3cret-of-the-tests"
APPLICATION: Final = "kindgraph/"
_ACCOUNT: Final = "nobody"


def find_program(name: str) -> str:
    """Return the path of a program; a test that has none fails."""
    places = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *places]))
    if found is None:
        pytest.fail(f"there is no {name}: on Debian, apt-get install postgresql redis-server")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Directory:
    """A folder that the account of the servers can use, also where the tests run as root."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="kindgraph-services-"))
        self.prefix: list[str] = []
        if os.getuid() == 0:
            self.prefix = ["setpriv", f"--reuid={_ACCOUNT}", "--regid=nogroup", "--clear-groups"]
            self.give(self.path)

    def give(self, path: Path) -> None:
        if self.prefix:
            shutil.chown(path, _ACCOUNT, "nogroup")

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


class PostgresServer:
    """PostgreSQL with TLS, whose users need a password over TCP."""

    def __init__(self) -> None:
        self.directory = Directory()
        self.port = free_port()
        self.data = self.directory.path / "data"
        self.certificate = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._initialize()

    async def start(self) -> None:
        arguments = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.directory.path,
            "fsync": "off",
            "shared_buffers": "2MB",
            "max_connections": 40,
            "autovacuum": "off",
            "ssl": "on",
            "ssl_cert_file": self.directory.path / "server.crt",
            "ssl_key_file": self.directory.path / "server.key",
        }
        options = [part for name, value in arguments.items() for part in ("-c", f"{name}={value}")]
        command = [*self.directory.prefix, find_program("postgres"), "-D", str(self.data), *options]
        self._process = _run(command)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    await self.query("SELECT 1")
                except (OSError, asyncpg.PostgresError):
                    await asyncio.sleep(0.02)
                else:
                    return

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE_SECONDS)
            self._process = None

    async def query(self, sql: str) -> Any:
        """Return the first value, as the owner of the database."""
        connection = await asyncpg.connect(
            host=str(self.directory.path), port=self.port, user="postgres", database="postgres", password="", ssl=False
        )
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    async def connections(self) -> int:
        """Return how many connections it has of the controller."""
        sql = f"SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '{APPLICATION}%'"
        return int(await self.query(sql))

    def close(self) -> None:
        self.stop()
        self.directory.remove()

    def _initialize(self) -> None:
        password = self.directory.path / "password"
        password.write_text(PASSWORD)
        self.directory.give(password)
        command = [
            *self.directory.prefix,
            find_program("initdb"),
            "-D",
            str(self.data),
            "-U",
            "postgres",
            "-N",
            "-E",
            "UTF8",
        ]
        command += ["--locale=C", "--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password}"]
        subprocess.run(command, check=True, capture_output=True)
        self.certificate = self._certify()

    def _certify(self) -> str:
        """Make an authority and a certificate of it for 127.0.0.1; return the authority's."""
        here = self.directory.path
        openssl = find_program("openssl")
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        authority = ["-subj", "/CN=Tests", "-keyout", "ca.key", "-out", "ca.crt", "-days", "2"]
        request = ["-subj", "/CN=127.0.0.1", "-keyout", "server.key", "-out", "server.csr"]
        (here / "san").write_text("subjectAltName=IP:127.0.0.1")
        sign = ["-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-out", "server.crt"]
        for arguments in (
            ["req", "-x509", *key, *authority],
            ["req", *key, *request],
            ["x509", "-req", *sign, "-days", "2", "-extfile", "san"],
        ):
            subprocess.run([openssl, *arguments], check=True, capture_output=True, cwd=here)
        for name in ("server.key", "server.crt"):
            self.directory.give(here / name)
        (here / "server.key").chmod(0o600)
        return (here / "ca.crt").read_text()


class RedisServer:
    """Redis, with a password."""

    def __init__(self) -> None:
        self.directory = Directory()
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        options = {
            "bind": "127.0.0.1",
            "port": self.port,
            "dir": self.directory.path,
            "save": "",
            "requirepass": PASSWORD,
            "daemonize": "no",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        command = [*self.directory.prefix, find_program("redis-server"), *arguments]
        self._process = _run(command)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                with contextlib.suppress(OSError, ConnectionError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return
                await asyncio.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_SECONDS)
            self._process = None

    async def connections(self) -> int:
        """Return how many connections it has of the controller."""
        async with Redis(host="127.0.0.1", port=self.port, password=PASSWORD) as client:
            clients = await client.client_list()
        return sum(one["name"].startswith(APPLICATION) for one in clients)

    def close(self) -> None:
        self.stop()
        self.directory.remove()


class HttpServer:
    """A web server that keeps connections alive."""

    def __init__(self) -> None:
        self.port = free_port()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.status = 200

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def connections(self) -> int:
        """Return how many connections it has."""
        return len(self._open)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 %d Said\r\ncontent-length: 2\r\n\r\nok" % self.status)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()
