"""Another client, in a process of its own: reads one resource over and over and knows how long it had to wait.

python bystander.py HOST PORT
stdin:  {"query": …, "expected": …}   once: the request, and the ``data`` that answers it; answered by "begun"
        mark                          forget what was measured
        report                        answer it
stdout: {"reads": …, "longest_seconds": …, "wrong": [answer…]}   for each report
"""

from __future__ import annotations

import gc
import http.client
import json
import select
import sys
import time

PAUSE_SECONDS = 0.002


class Bystander:
    def __init__(self, host: str, port: int, *, query: str, expected: object) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=30)
        self._body = json.dumps({"query": query}).encode()
        self._expected = expected
        self.reset()

    def reset(self) -> None:
        self.reads, self.longest_seconds, self.wrong = 0, 0.0, list[str]()

    def read(self) -> None:
        began = time.perf_counter()
        self._connection.request("POST", "/graphql", self._body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse().read()
        self.longest_seconds = max(self.longest_seconds, time.perf_counter() - began)
        self.reads += 1
        if json.loads(answer) != {"data": self._expected}:
            self.wrong.append(answer.decode()[:500])

    def report(self) -> str:
        return json.dumps({"reads": self.reads, "longest_seconds": self.longest_seconds, "wrong": self.wrong[:3]})


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(host: str, port: int) -> None:
    told = json.loads(sys.stdin.readline())
    bystander = Bystander(host, port, query=told["query"], expected=told["expected"])
    tell("begun")
    gc.freeze()
    gc.disable()
    while True:
        bystander.read()
        ready, _, _ = select.select([sys.stdin], [], [], PAUSE_SECONDS)
        if ready:
            match sys.stdin.readline().strip():
                case "mark":
                    bystander.reset()
                    tell("marked")
                case "report":
                    tell(bystander.report())
                case _:
                    return


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
