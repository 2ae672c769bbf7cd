"""Health, readiness, metrics and the page at ``/``."""

import asyncio
import re

import pytest
from starlette.responses import PlainTextResponse

from app.pages.gate import Gate
from app.pages.health import health_routes
from app.pages.index import index_route
from app.pages.metrics import Metric, render

SAMPLE = re.compile(r'^[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+$')


async def test_without_a_playground_the_page_lists_the_addresses_and_loads_nothing_from_elsewhere(ask):
    response = await ask([index_route()], "/")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    for path in ("/graphql", "/schema.graphql", "/healthz", "/readyz", "/metrics"):
        assert path in response.text
    assert not re.findall(r'(?:src|href)="(?!/)', response.text)
    assert "make playground" in response.text


async def test_a_ready_server_says_so(server):
    response = await server.client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"ready": True, "reasons": {}})


async def test_what_is_not_ready_is_named_with_its_reason(ask):
    async def database():
        return "no primary"

    async def hub():
        return None

    response = await ask(health_routes({"database": database, "hub": hub}), "/readyz")
    assert (response.status_code, response.json()) == (503, {"ready": False, "reasons": {"database": "no primary"}})


async def test_a_part_that_does_not_answer_is_not_ready(ask, monkeypatch):
    monkeypatch.setattr("app.pages.health._CHECK_TIMEOUT_SECONDS", 0.01)

    async def database():
        await asyncio.Event().wait()

    response = await ask(health_routes({"database": database}), "/readyz")
    assert response.json()["reasons"] == {"database": "no answer within 0.01 s"}


async def test_metrics_are_in_the_text_format(server):
    await server.client.get("/absent")
    response = await server.client.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples = [line for line in response.text.splitlines() if not line.startswith("#")]
    assert samples
    assert [sample for sample in samples if not SAMPLE.match(sample)] == []
    assert 'kindgraph_responses_total{status="404"} 1' in response.text


def test_a_metric_has_its_help_and_type():
    assert render([Metric("a_total", "counter", "Help.", [('x="1"', 2)]), Metric.gauge("b", 0.5, "Other.")]) == (
        '# HELP a_total Help.\n# TYPE a_total counter\na_total{x="1"} 2\n# HELP b Other.\n# TYPE b gauge\nb 0.5\n'
    )


async def test_a_draining_gate_refuses_what_is_new_and_lets_the_rest_finish(ask):
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(scope, receive, send):
        begun.set()
        await go_on.wait()
        await PlainTextResponse("done")(scope, receive, send)

    gate = Gate(slow)
    running = asyncio.create_task(ask(gate, "/graphql"))
    await begun.wait()
    gate.draining = True
    refused = await ask(gate, "/graphql")
    assert refused.status_code == 503
    assert refused.headers["connection"] == "close"
    assert refused.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE", "retryable": True}
    emptied = asyncio.create_task(gate.emptied())
    go_on.set()
    assert (await running).text == "done"
    await emptied


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_pages_are_only_read(server, method):
    assert (await server.client.request(method, "/healthz")).status_code == 405
