"""What an unknown type may have been meant to be: graphql-core would compare it with every type of every kind."""

from __future__ import annotations

from typing import Any

from graphql import KnownTypeNamesRule, NamedTypeNode, Node, specified_rules

from schema_builder.lazy_schema import KindSchema

__all__ = ["RULES"]


class _KnownTypeNames(KnownTypeNamesRule):
    """Suggests types of kinds with names alike, so that not all kinds have to say which types they have."""

    def enter_named_type(self, node: NamedTypeNode, _key: Any, parent: Node, _path: Any, ancestors: list[Node]) -> None:
        schema = self.context.schema
        if isinstance(schema, KindSchema) and not self.context.hide_suggestions:
            self.type_names = schema.type_names_like(node.name.value)
        super().enter_named_type(node, _key, parent, _path, ancestors)


RULES = tuple(_KnownTypeNames if rule is KnownTypeNamesRule else rule for rule in specified_rules)
"""The rules of the specification."""
