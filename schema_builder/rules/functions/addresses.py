"""Addresses and networks of IP: ``ip isIP cidr isCIDR`` and what they can be asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_address, ip_interface
from typing import Any, Final

from cel_expr_python import cel

from schema_builder.rules.functions.declaring import OPAQUE, Declarations, make, member, plain, text_of

__all__ = ["declarations"]

_IP: Final = "ip"
_CIDR: Final = "cidr"
_PREFIX: Final = re.compile(r"[^/]+/(0|[1-9][0-9]{0,2})", re.ASCII)

Address = IPv4Address | IPv6Address
Interface = IPv4Interface | IPv6Interface


def declarations() -> Declarations:
    """Return the functions of this family."""
    kinds = cel.Type
    return {
        "ip": [
            *plain("ip", lambda text: make(_IP, str(_parsed(text))), (kinds.STRING,), OPAQUE),
            *member("ip", lambda one: make(_IP, str(_network(one).ip)), (OPAQUE,), OPAQUE),
        ],
        "isIP": plain("isIP", _is(_parsed), (kinds.STRING,), kinds.BOOL),
        "ip.isCanonical": plain("ip.isCanonical", lambda text: str(_parsed(text)) == text, (kinds.STRING,), kinds.BOOL),
        "family": member("family", lambda one: _address(one).version, (OPAQUE,), kinds.INT),
        "isUnspecified": _question("isUnspecified", lambda one: one.is_unspecified),
        "isLoopback": _question("isLoopback", lambda one: one.is_loopback),
        "isLinkLocalUnicast": _question("isLinkLocalUnicast", lambda one: one.is_link_local),
        "isLinkLocalMulticast": _question("isLinkLocalMulticast", _is_link_local_multicast),
        "isGlobalUnicast": _question("isGlobalUnicast", _is_global_unicast),
        "cidr": plain("cidr", lambda text: make(_CIDR, str(_parsed_network(text))), (kinds.STRING,), OPAQUE),
        "isCIDR": plain("isCIDR", _is(_parsed_network), (kinds.STRING,), kinds.BOOL),
        "containsIP": [
            *member("containsIP", lambda one, text: _holds(one, _parsed(text)), (OPAQUE, kinds.STRING), kinds.BOOL),
            *member("containsIP", lambda one, other: _holds(one, _address(other)), (OPAQUE, OPAQUE), kinds.BOOL),
        ],
        "containsCIDR": [
            *member(
                "containsCIDR",
                lambda one, text: _holds_network(one, _parsed_network(text)),
                (OPAQUE, kinds.STRING),
                kinds.BOOL,
            ),
            *member(
                "containsCIDR", lambda one, other: _holds_network(one, _network(other)), (OPAQUE, OPAQUE), kinds.BOOL
            ),
        ],
        "prefixLength": member("prefixLength", lambda one: _network(one).network.prefixlen, (OPAQUE,), kinds.INT),
        "masked": member("masked", lambda one: make(_CIDR, str(_network(one).network)), (OPAQUE,), OPAQUE),
        "string": plain("string", _string, (OPAQUE,), kinds.STRING),
    }


def _question(name: str, ask: Callable[[Address], bool]) -> list[cel.Overload]:
    return member(name, lambda one: bool(ask(_address(one))), (OPAQUE,), cel.Type.BOOL)


def _is(parse: Callable[[str], Any]) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return test


def _parsed(text: str) -> Address:
    address = ip_address(text)
    if isinstance(address, IPv6Address) and (address.scope_id or address.ipv4_mapped):
        raise ValueError("an address with a zone, or an IPv4 address in an IPv6 one")
    return address


def _parsed_network(text: str) -> Interface:
    if _PREFIX.fullmatch(text) is None:
        raise ValueError("no CIDR: an address, a slash and the length of a prefix")
    _parsed(text.partition("/")[0])
    return ip_interface(text)


def _address(one: Mapping[str, Any]) -> Address:
    return ip_address(text_of(one, _IP))


def _network(one: Mapping[str, Any]) -> Interface:
    return ip_interface(text_of(one, _CIDR))


def _holds(one: Mapping[str, Any], address: Address) -> bool:
    return address in _network(one).network


def _holds_network(one: Mapping[str, Any], other: Interface) -> bool:
    network = _network(one).network
    return other.ip in network and network.prefixlen <= other.network.prefixlen


def _is_link_local_multicast(address: Address) -> bool:
    first = address.packed[:2]
    if address.version == 4:
        return address.packed[:3] == b"\xe0\x00\x00"
    return first[0] == 0xFF and first[1] & 0x0F == 2


def _is_global_unicast(address: Address) -> bool:
    """Tell what Go's ``IsGlobalUnicast`` tells: private addresses are global unicast."""
    special = address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local
    return not special and str(address) != "255.255.255.255"


def _string(one: Mapping[str, Any]) -> str:
    kind = _IP if _IP in one else _CIDR
    return text_of(one, kind)
