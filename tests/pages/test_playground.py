"""How the built files of the playground are served."""

import gzip
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from app.pages.playground import PAGES, playground_routes

PAGE = '<!doctype html><script type="module" src="/assets/index-1a2b.js"></script>'
SCRIPT = "console.log(1);" * 200
ROUTES_OF_SCRIPTS = Path(__file__).parents[2] / "playground" / "src" / "app" / "routes.ts"


@pytest.fixture
def build(tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path / ".stamp").write_text("secret")
    script = tmp_path / "assets" / "index-1a2b.js"
    script.write_text(SCRIPT)
    script.with_name("index-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    return tmp_path


@pytest.fixture
async def client(build):
    application = Starlette(routes=playground_routes(build))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://server") as client:
        yield client


def test_without_a_build_there_are_no_routes(tmp_path):
    assert playground_routes(tmp_path) is None


@pytest.mark.parametrize("path", ["/", "/kinds", "/kinds/Box/edit", "/resources/Box/default/a.b-c", "/query"])
async def test_every_address_of_a_page_answers_the_page(client, path):
    response = await client.get(path)
    assert (response.status_code, response.text) == (200, PAGE)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"


async def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere(client):
    policy = (await client.get("/")).headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    sources = {source for rule in policy.split("; ") for source in rule.split()[1:]}
    assert sources == {"'none'", "'self'", "data:"}


async def test_hashed_files_are_kept_for_ever_and_the_page_is_asked_for_again(client):
    script = await client.get("/assets/index-1a2b.js", headers={"accept-encoding": "identity"})
    assert (script.status_code, script.text) == (200, SCRIPT)
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    page = await client.get("/")
    again = await client.get("/", headers={"if-none-match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await client.get("/", headers={"if-none-match": '"other"'})).status_code == 200


async def test_a_file_comes_in_the_best_encoding_that_is_there_and_accepted(client):
    async def encoding(accepted):
        response = await client.get("/assets/index-1a2b.js", headers={"accept-encoding": accepted})
        assert response.text == SCRIPT
        assert response.headers["vary"] == "accept-encoding"
        return response.headers.get("content-encoding"), response.headers["etag"]

    zipped, tag = await encoding("br, gzip;q=0.5")
    plain, other = await encoding("gzip;q=0, br")
    assert (zipped, plain) == ("gzip", None)
    assert tag != other


@pytest.mark.parametrize(
    "path", ["/assets/absent.js", "/assets/../index.html", "/assets/%2e%2e/.stamp", "/.stamp", "/x"]
)
async def test_nothing_else_is_served(client, path):
    response = await client.get(path)
    assert response.status_code == 404
    assert "secret" not in response.text


def test_the_scripts_use_the_addresses_that_the_server_knows():
    used = set(re.findall(r'["`]/([a-z]+)', ROUTES_OF_SCRIPTS.read_text()))
    assert used == set(PAGES)


async def test_a_server_answers_its_api_whatever_is_built(server):
    assert (await server.client.get("/graphql?query={server{version}}")).json()["data"]
    assert (await server.client.get("/schema.graphql")).text.strip().startswith(('"""', "directive", "type", "schema"))
    assert (await server.client.get("/")).headers["content-type"] == "text/html; charset=utf-8"
