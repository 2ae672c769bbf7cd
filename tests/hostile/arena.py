"""Where hostile requests meet a server.

Each is timed, its answer is searched for what must not be in it, and another client reads all the while.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import orjson

if TYPE_CHECKING:
    from tests.support.serving import ServerProcess

ANSWER_SECONDS = 1.0
BYSTANDER_SECONDS = 0.1
ATTEMPTS = 5
"""Of a case whose time was exceeded: the machine is shared, and only what always takes too long is the server's."""

CODES = {
    "BAD_USER_INPUT", "INVALID", "NOT_FOUND", "ALREADY_EXISTS", "CONFLICT", "FORBIDDEN", "UNAUTHENTICATED", "EXPIRED",
    "KIND_CHANGED", "KIND_REMOVED", "LIMIT_EXCEEDED", "UNAVAILABLE", "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
}  # fmt: skip
"""The closed set without INTERNAL, which no input may cause."""

IDLE_SECONDS = 2.0
"""A kept connection that was idle for longer is not used again: the server may be closing it."""

_LEAKS = re.compile(
    r"Traceback|site-packages|File \"|\.py\b| object at 0x|pymongo|bson\.|codeName|errmsg|WriteError|RecursionError"
    r"|TypeError|KeyError|ValueError|AttributeError|UnicodeEncodeError|E11000|/(?:home|usr)/"
    rf"|{re.escape(str(Path(__file__).parents[2]))}|{re.escape(sys.prefix)}|{re.escape(sys.base_prefix)}/"
)
_DEFECT = re.compile(r"Traceback|internal error|level=(error|critical)")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def json(self) -> dict[str, Any]:
        answer: dict[str, Any] = orjson.loads(self.text)
        return answer

    @property
    def data(self) -> Any:
        return self.json.get("data")

    @property
    def errors(self) -> list[dict[str, Any]]:
        return self.json.get("errors") or [] if self.text[:1] == "{" else []

    @property
    def codes(self) -> set[str]:
        return {error["extensions"]["code"] for error in self.errors}

    @property
    def failures(self) -> list[dict[str, Any]]:
        return [failure for error in self.errors for failure in error["extensions"].get("failures", ())]

    def refused(self, *codes: str) -> Self:
        """Assert that there are errors, with these codes alone."""
        assert self.codes, self.text[:2_000]
        assert self.codes <= set(codes or CODES), self.text[:2_000]
        return self

    def worked(self) -> Any:
        """Assert that there is no error; return the data."""
        assert "errors" not in self.json, self.text[:2_000]
        return self.data


class TooSlow(AssertionError):
    """The server did the right thing, too late."""


class Arena:
    """A server process, a bystander, and the way to attack the one under the eyes of the other."""

    def __init__(self, process: ServerProcess) -> None:
        self.process = process
        self.url = process.url
        address = urlsplit(self.url)
        self.host, self.port = address.hostname or "", address.port or 0
        self._connection: http.client.HTTPConnection | None = None
        self._used_at = 0.0
        self._numbers = itertools.count()
        self.last_wait = 0.0
        self._lines_seen = 0
        self._bystander: subprocess.Popen[str] | None = None

    # plain requests

    def post(self, body: bytes, *, headers: Mapping[str, str] | None = None, path: str = "/graphql") -> Answer:
        return self.exchange("POST", path, body, {"Content-Type": "application/json", **(headers or {})})

    def exchange(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Send one request on a kept connection; time it from its first byte sent to its last byte received."""
        if self._connection is not None and time.monotonic() - self._used_at > IDLE_SECONDS:
            self._connection.close()
            self._connection = None
        connection = self._connection or http.client.HTTPConnection(self.host, self.port, timeout=60)
        response: http.client.HTTPResponse | None = None
        began = time.perf_counter()
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # a refusal may come before all is sent
                connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            text = response.read()
        except BaseException:
            if response is not None:  # it has taken the socket over, where the server closes the connection
                response.close()
            connection.close()
            self._connection = None
            raise
        seconds = time.perf_counter() - began
        self._used_at = time.monotonic()
        self._connection = None if response.will_close else connection
        if response.will_close:
            connection.close()
        return checked(Answer(response.status, text.decode(), seconds, dict(response.headers)))

    def ask(self, query: str, variables: Any = None) -> Answer:
        """Send a GraphQL request that no cache knows yet."""
        body = {"query": f"{query} #{next(self._numbers)}", "variables": variables}
        return self.post(json.dumps(body).encode())  # not orjson, which refuses to write what is nested deeply

    def do(self, query: str, variables: Any = None) -> Any:
        """Send a request that must work; return its data."""
        for _ in range(ATTEMPTS):
            answer = self.ask(query, variables)
            if answer.codes != {"UNAVAILABLE"}:  # a loaded machine: the hub lags
                break
            time.sleep(0.5)
        return answer.worked()

    def fresh(self, prefix: str = "n") -> str:
        """Return a name that nobody has used."""
        return f"{prefix}{next(self._numbers)}"

    def define(self, kind: str, **spec: Any) -> None:
        """Define a kind, unless it is defined."""
        answer = self.ask(DEFINE, {"input": {"spec": {"kind": kind, **spec}}})
        assert answer.codes <= {"ALREADY_EXISTS"}, answer.text[:2_000]

    # attacks

    def attack(self, strike: Callable[[], Answer], *, seconds: float = ANSWER_SECONDS) -> Answer:
        """Do something hostile; its answer must come in time, and the bystander must not have to wait."""
        for attempt in range(ATTEMPTS):
            try:
                with self.watched():
                    answer = strike()
                    if answer.seconds > seconds:
                        raise TooSlow(f"the answer took {answer.seconds:.3f} s")
                    if answer.codes == {"UNAVAILABLE"}:
                        raise TooSlow("the hub lags")
            except TooSlow:
                if attempt == ATTEMPTS - 1:
                    raise
                time.sleep(attempt)
            else:
                return answer
        raise AssertionError

    def strike(self, query: str, variables: Any = None, *, seconds: float = ANSWER_SECONDS) -> Answer:
        """Attack by a GraphQL request."""
        return self.attack(lambda: self.ask(query, variables), seconds=seconds)

    def strike_body(self, body: bytes, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Attack by the body of a request."""
        return self.attack(lambda: self.post(body, headers=headers))

    def strike_definition(self, **spec: Any) -> Answer:
        """Attack by a definition; what is accepted must read back exactly, and is deleted again."""

        def strike() -> Answer:
            kind = spec.get("kind", self.fresh("K"))
            answer = self.ask(DEFINE, {"input": {"spec": {**spec, "kind": kind}}})
            accepted.extend([answer.data["createResourceDefinition"]["metadata"]["name"]] if not answer.errors else [])
            return answer

        accepted: list[str] = []
        try:
            return self.attack(strike)
        finally:
            for name in accepted:
                raw = self.do(READ_DEFINITION, {"name": name})["resourceDefinition"]["raw"]["spec"]
                assert {field: raw.get(field) for field in spec} == spec
                self.do(DELETE_DEFINITION, {"name": name})

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Have the bystander read meanwhile.

        Raises:
            TooSlow: It had to wait.
        """
        self._tell("mark")
        yield
        report = json.loads(self._tell("report"))
        assert not report["wrong"], report
        assert report["reads"]
        self.last_wait = report["longest_seconds"]
        waited = report["longest_seconds"]
        if waited > BYSTANDER_SECONDS:
            raise TooSlow(f"a bystander waited {report['longest_seconds']:.3f} s")

    # the bystander

    def begin(self) -> None:
        """Store what the bystander reads, and start it."""
        self.define("Canary", schema=CANARY_SCHEMA)
        self.do(CREATE_CANARY, {"spec": CANARY_SPEC})
        self._bystander = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("bystander.py")), self.host, str(self.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        told = {"query": READ_CANARY, "expected": {"canary": {"spec": CANARY_SPEC}}}
        self._tell(json.dumps(told))

    def end(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._bystander is not None:
            self._bystander.communicate("")
            assert self._bystander.returncode == 0

    def _tell(self, line: str) -> str:
        assert self._bystander is not None
        assert self._bystander.stdin is not None
        assert self._bystander.stdout is not None
        self._bystander.stdin.write(line + "\n")
        self._bystander.stdin.flush()
        return self._bystander.stdout.readline()

    def check_unharmed(self) -> None:
        """Assert that the server is ready, holds what it held, and has nothing to complain of."""
        ready = self.exchange("GET", "/readyz", None, {})
        assert ready.status == 200, ready.text
        assert self.do(READ_CANARY) == {"canary": {"spec": CANARY_SPEC}}
        output = list(self.process.output)
        lines, self._lines_seen = output[self._lines_seen :], len(output)
        defects = [line for line in lines if _DEFECT.search(line) and "Invalid UTF-8 sequence received" not in line]
        assert not defects, "".join(defects)[-5_000:]


def checked(answer: Answer) -> Answer:
    """Assert what holds for every answer: codes of the closed set, and nothing internal."""
    assert answer.codes <= CODES, answer.text[:2_000]
    for error in answer.errors:
        assert isinstance(error["extensions"]["retryable"], bool)
        told = orjson.dumps({**error, "extensions": {**error["extensions"], "failures": None}}).decode()
        assert not _LEAKS.search(told), told[:2_000]
    for failure in answer.failures[:100]:
        assert not _LEAKS.search(failure["message"]), failure
    return answer


DEFINE = "mutation($input: CreateResourceDefinitionInput!) {createResourceDefinition(input: $input) {metadata {name}}}"
READ_DEFINITION = "query($name: String!) {resourceDefinition(name: $name) {raw}}"
DELETE_DEFINITION = "mutation($name: String!) {deleteResourceDefinition(name: $name) {metadata {name}}}"
CANARY_SCHEMA = {"type": "object", "additionalProperties": True, "x-kubernetes-preserve-unknown-fields": True}
CANARY_SPEC = {"text": "sings", "tree": {"a": [1, 2, {"b": None}]}}
READ_CANARY = '{canary(name: "it") {spec}}'
CREATE_CANARY = 'mutation($spec: JSON) {createCanary(input: {metadata: {name: "it"}, spec: $spec}) {metadata {name}}}'
