"""Where the links of a section are, and what they name in a value.

Only kinds that have links come here: for all others nothing of this is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from schema_builder.errors import Failure
from schema_builder.links import LINK_KEYWORD, Link, LinkTarget, OnDelete
from schema_builder.structural import MISSING, Node, NodeKind, Structure
from schema_builder.types.leaves import has_entries

if TYPE_CHECKING:
    from schema_builder.references import Document

__all__ = [
    "Found",
    "SectionLinks",
    "entries_key",
    "link_of",
    "named_by",
    "section_links",
    "target_key",
]


class _Member(NamedTuple):
    """A property that names resources, or that leads to one that does."""

    name: str
    key: Any
    node: Node
    link: Link | None
    lists: int


class Found(NamedTuple):
    """A resource that a value names, and where.

    Attributes:
        path: Names and list indexes from the section.
    """

    link: Link
    target: LinkTarget
    path: tuple[str | int, ...]


def link_of(structure: Structure, node: Node) -> tuple[Link, int] | None:
    """Return (link of a place, how many lists its names are in); None where the place names nothing."""
    seen: set[int] = set()
    while True:
        resolved = structure.resolve(node)
        if node.write_only or resolved.write_only or id(resolved) in seen:
            return None
        if resolved.kind is not NodeKind.LIST or resolved.items is None:
            link = node.link or resolved.link
            return (link, len(seen)) if link is not None and resolved.kind is NodeKind.STRING else None
        seen.add(id(resolved))
        node = resolved.items


def target_key(name: str) -> tuple[str, str]:
    """Return the key under which an attached value has what a property names: no property can be called so."""
    return ("link", name)


def entries_key(name: str) -> tuple[str, str]:
    """Return the key under which an attached value has the entries of a map, in which something is named."""
    return ("entries", name)


def named_by(value: Any, link: Link, *, lists: int, beside: Mapping[str, Any], namespace: str | None) -> Any:
    """Return what a string, or each string in lists, names; None for whatever is of another type.

    Args:
        value: The property's value.
        link: What the schema says of it.
        lists: How many lists the names are in.
        beside: The object that has the property.
        namespace: The namespace of the resource.
    """
    if link.namespace_from is not None:
        given = beside.get(link.namespace_from)
        namespace = given if isinstance(given, str) and given else namespace

    def named(value: Any, lists: int) -> Any:
        if lists:
            return [named(item, lists - 1) for item in value] if isinstance(value, list) else None
        return LinkTarget(link.kind, namespace, value) if isinstance(value, str) else None

    return named(value, lists)


class SectionLinks:
    """The links of one section.

    Attributes:
        links: All of them, by where their keyword stands.
    """

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._members: dict[int, tuple[_Member, ...]] = {}
        self.links: dict[str, Link] = {}
        self._objects = _objects(structure, structure.root)
        self._find()

    def _find(self) -> None:
        """Note the members of every object, the innermost first: an object leads where something in it does."""
        parents: dict[int, list[Node]] = {}
        leading: list[Node] = []
        for node in self._objects.values():
            for child in _children(node).values():
                link = link_of(self._structure, child)
                if link is not None:
                    self.links[link[0].pointer] = link[0]
                    leading.append(node)
                inner = _inner(self._structure, child)
                if inner is not None:
                    parents.setdefault(id(inner), []).append(node)
            for member in _members_of_union(node):
                parents.setdefault(id(member), []).append(node)
        leads: set[int] = set()
        while leading:
            node = leading.pop()
            if id(node) not in leads:
                leads.add(id(node))
                leading += parents.get(id(node), ())
        for key in leads:
            self._members[key] = tuple(self._members_of(self._objects[key], leads))
        root = link_of(self._structure, self._structure.root)
        if root is not None:
            self.links[root[0].pointer] = root[0]

    def _members_of(self, node: Node, leads: set[int]) -> Iterator[_Member]:
        for name, child in _children(node).items():
            link = link_of(self._structure, child)
            inner = _inner(self._structure, child)
            if link is not None:
                yield _Member(name, target_key(name), child, *link)
            elif inner is not None and id(inner) in leads:
                key = entries_key(name) if inner.kind is NodeKind.MAP else name
                yield _Member(name, key, child, None, lists=0)

    def are_in(self, node: Node) -> bool:
        """Tell whether something is named inside the objects of a place of the section."""
        inner = _inner(self._structure, node)
        return inner is not None and id(inner) in self._members

    @property
    def are_in_map(self) -> bool:
        """Tell whether the section is a map, or lists of maps: ``attach`` then returns entries."""
        inner = _inner(self._structure, self._structure.root)
        return inner is not None and inner.kind is NodeKind.MAP and id(inner) in self._members

    def attach(self, value: Any, *, namespace: str | None) -> Any:
        """Return a value whose objects have what they name under ``target_key``, and maps under ``entries_key``.

        Whatever names nothing is shared with the argument, which is never changed.

        Args:
            value: Of the section.
            namespace: The namespace of the resource.
        """

        def attached(value: Any, node: Node) -> Any:
            node = self._structure.resolve(node)
            if isinstance(value, list) and node.items is not None:
                return [attached(item, node.items) for item in value]
            node = _member_of(node, value)
            members = self._members.get(id(node))
            if members is None or not isinstance(value, Mapping):
                return None if node.kind is NodeKind.MAP else value
            if node.kind is NodeKind.MAP:
                return [completed({"key": key, "value": item}, members) for key, item in value.items()]
            return completed(value, members)

        def completed(value: Mapping[str, Any], members: tuple[_Member, ...]) -> dict[Any, Any]:
            result: dict[Any, Any] = dict(value)
            for name, key, child, link, lists in members:
                item = value.get(name)
                if item is None:
                    continue
                if link is None:
                    result[key] = attached(item, child)
                else:
                    result[key] = named_by(item, link, lists=lists, beside=value, namespace=namespace)
            return result

        return attached(value, self._structure.root)

    def found(self, value: Any, *, namespace: str | None, beside: Mapping[str, Any]) -> Iterator[Found]:
        """Yield everything that a value of the section names.

        Args:
            value: The section's value.
            namespace: The namespace of the resource.
            beside: The sections of the body.
        """
        root = link_of(self._structure, self._structure.root)
        if root is not None:
            named = named_by(value, root[0], lists=root[1], beside=beside, namespace=namespace)
            yield from _each(root[0], named, ())
        pending: list[tuple[Any, Node, tuple[str | int, ...]]] = [(value, self._structure.root, ())]
        while pending:
            value, node, path = pending.pop()
            node = self._structure.resolve(node)
            if isinstance(value, list) and node.items is not None:
                pending += [(item, node.items, (*path, index)) for index, item in enumerate(value)]
                continue
            node = _member_of(node, value)
            if isinstance(value, Mapping) and id(node) in self._members:
                in_map = node.kind is NodeKind.MAP
                objects = (
                    [((*path, key), {"value": item}) for key, item in value.items()] if in_map else [(path, value)]
                )
                for place, one in objects:
                    for name, _, child, link, lists in self._members[id(node)]:
                        where = place if in_map else (*place, name)
                        if link is None:
                            pending.append((one.get(name), child, where))
                        else:
                            named = named_by(one.get(name), link, lists=lists, beside=one, namespace=namespace)
                            yield from _each(link, named, where)

    def skeleton(self) -> list[Any]:
        """Return as JSON where the section has links with consequences: equal ones find the same in every value."""
        numbers: dict[int, int] = {}

        def place(node: Node) -> Any:
            link = link_of(self._structure, node)
            if link is not None:
                return [link[0].kind, link[0].namespace_from, link[1]] if link[0].on_delete is not OnDelete.NONE else 0
            inner = _inner(self._structure, node)
            if inner is None or id(inner) not in self._members:
                return 0
            if id(inner) in numbers:
                return numbers[id(inner)]
            numbers[id(inner)] = len(numbers) + 1
            if inner.union is not None:
                return [inner.union.property, {said: place(one) for said, one in sorted(inner.union.members.items())}]
            return {member.name: place(member.node) for member in sorted(self._members[id(inner)], key=_name)}

        return [place(self._structure.root)]

    def object_failures(self, *, section: str) -> Iterator[Failure]:
        """Yield what is wrong with links beside their siblings."""
        for node in self._objects.values():
            for name, child in _children(node).items():
                link = link_of(self._structure, child)
                if link is not None:
                    yield from self._link_failures(link[0], child, node=node, name=name, lists=link[1])
                    if section == "status" and link[0].on_delete is not OnDelete.NONE:
                        message = "must be NONE in status, which tells what was observed"
                        yield _failure(link[0], message, "onDelete")

    def _link_failures(self, link: Link, child: Node, *, node: Node, name: str, lists: int) -> Iterator[Failure]:
        if link.namespace_from is not None:
            beside = node.properties.get(link.namespace_from)
            resolved = None if beside is None else self._structure.resolve(beside)
            if resolved is None or beside is None:
                yield _failure(link, f"names no property beside {name}", "namespaceFrom")
            elif resolved.kind is not NodeKind.STRING or beside.write_only or resolved.write_only:
                yield _failure(link, "names a property that is no string that everybody may read", "namespaceFrom")
        if link.on_delete is OnDelete.SET_NULL and not lists:
            resolved = self._structure.resolve(child)
            default = resolved.default if child.default is MISSING else child.default
            if not (child.nullable or resolved.nullable) and (name in node.required or default is not MISSING):
                message = f"cannot be SET_NULL: {name} is required, or has a default, and must not be null"
                yield _failure(link, message, "onDelete")


def section_links(document: Document, structure: Structure, *, section: str) -> tuple[tuple[Link, ...], list[Failure]]:
    """Return the links of a section, and what is wrong with where they stand.

    Args:
        document: The section's schema.
        structure: Its structural tree.
        section: The section's name.
    """
    links = SectionLinks(structure)
    failures = [*links.object_failures(section=section), *_root_failures(link_of(structure, structure.root), section)]
    message = (
        "must be on a string that is a property, or on the items of a list of strings that is one: "
        "here it has no field of its own (as nothing has in maps of strings, tuples, write-only values and conditions)"
    )
    failures += [
        Failure(f"{pointer}/{LINK_KEYWORD}", LINK_KEYWORD, message)
        for pointer in document.links
        if pointer not in links.links
    ]
    return tuple(links.links.values()), failures


def _root_failures(root: tuple[Link, int] | None, section: str) -> Iterator[Failure]:
    if root is None:
        return
    link, lists = root
    if link.namespace_from is not None:
        yield _failure(link, f"cannot be used here: nothing is beside {section}", "namespaceFrom")
    if link.on_delete is OnDelete.SET_NULL and not lists:
        yield _failure(link, f"cannot be SET_NULL: {section} is no property of an object", "onDelete")


def _failure(link: Link, message: str, *tokens: str) -> Failure:
    return Failure("/".join((link.pointer, LINK_KEYWORD, *tokens)), LINK_KEYWORD, message)


def _name(member: _Member) -> str:
    return member.name


def _each(link: Link, named: Any, path: tuple[str | int, ...]) -> Iterator[Found]:
    if isinstance(named, list):
        for index, one in enumerate(named):
            yield from _each(link, one, (*path, index))
    elif named is not None:
        yield Found(link, named, path)


def _inner(structure: Structure, node: Node) -> Node | None:
    """Return the object or map of typed entries that a place holds, below any lists; None for anything else.

    Nothing is in what nobody may read.
    """
    seen: set[int] = set()
    while True:
        resolved = structure.resolve(node)
        if node.write_only or resolved.write_only or id(resolved) in seen:
            return None
        if resolved.kind is not NodeKind.LIST or resolved.items is None:
            is_map = has_entries(structure, resolved)
            return resolved if is_map or resolved.kind is NodeKind.OBJECT else None
        seen.add(id(resolved))
        node = resolved.items


def _children(node: Node) -> Mapping[str, Node]:
    """Return the properties of an object, or what is beside ``key`` in entries; those of a union are its members'."""
    if node.union is not None:
        return {}
    return {"value": node.values} if node.kind is NodeKind.MAP and node.values is not None else node.properties


def _members_of_union(node: Node) -> list[Node]:
    return [] if node.union is None else list(node.union.members.values())


def _member_of(node: Node, value: Any) -> Node:
    """Return what a value of a union is; any other node, and what is no member, stays itself."""
    return node if node.union is None else node.union.member_of(value) or node


def _objects(structure: Structure, node: Node) -> dict[int, Node]:
    """Return every object and map of typed entries from a place on, by identity."""
    found: dict[int, Node] = {}
    pending = [_inner(structure, node)]
    while pending:
        inner = pending.pop()
        if inner is not None and id(inner) not in found:
            found[id(inner)] = inner
            pending += [
                _inner(structure, child) for child in {id(one): one for one in _children(inner).values()}.values()
            ]
            pending += _members_of_union(inner)
    return found
