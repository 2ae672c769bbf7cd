"""Binding the sockets of a server."""

import socket

import pytest

from app.process.listening import AddressUnusable, bind, bound_port, url_of


@pytest.fixture
def closing():
    bound = []
    yield lambda sockets: bound.extend(sockets) or sockets
    for each in bound:
        each.close()


def test_port_zero_picks_one_port_for_all_addresses_of_a_host(closing):
    sockets = closing(bind("localhost", 0))
    assert len({each.getsockname()[1] for each in sockets}) == 1
    assert bound_port(sockets) > 0


def test_shared_sockets_may_have_the_same_port(closing):
    first = closing(bind("127.0.0.1", 0, shared=True))
    second = closing(bind("127.0.0.1", bound_port(first), shared=True))
    assert bound_port(first) == bound_port(second)


def test_a_port_that_is_listened_on_is_refused(closing):
    first = closing(bind("127.0.0.1", 0))
    first[0].listen()
    with pytest.raises(AddressUnusable, match="is taken by another program"):
        bind("127.0.0.1", bound_port(first))


def test_a_socket_that_only_waits_takes_no_connection_from_one_that_listens(closing):
    waiting = closing(bind("127.0.0.1", 0, shared=True))
    listening = closing(bind("127.0.0.1", bound_port(waiting), shared=True))
    listening[0].listen()
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", bound_port(waiting)), timeout=5):
            listening[0].settimeout(5)
            listening[0].accept()[0].close()


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(AddressUnusable, match="is no address of this machine"):
        bind("192.0.2.1", 0)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://localhost:80"),
        ("::", "http://localhost:80"),
        ("::1", "http://[::1]:80"),
        ("example.org", "http://example.org:80"),
    ],
)
def test_the_url_can_be_opened_in_a_browser(host, url):
    assert url_of(host, 80) == url
