"""A schema as one function that reports every failure of an instance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from schema_builder.dialect import Dialect, detect_dialect
from schema_builder.errors import DefinitionRefused, Failure
from schema_builder.references import Document
from schema_builder.validation import (
    arrays,
    combinators,
    general,
    kubernetes,
    numbers,
    objects,
    strings,
    unevaluated,
)
from schema_builder.validation.check import OK, Check, Keyword, Run, Trouble, Troubles, pointer

__all__ = ["compile_document", "compile_validator"]

_SHARED: Final[dict[str, Keyword]] = {
    **general.KEYWORDS,
    **kubernetes.KEYWORDS,
    **numbers.KEYWORDS,
    **strings.KEYWORDS,
    **arrays.KEYWORDS,
    **objects.KEYWORDS,
    **combinators.KEYWORDS,
}
_MODERN: Final[dict[str, Keyword]] = {
    **_SHARED,
    **unevaluated.KEYWORDS,
    "dependentRequired": objects.dependent_required,
    "dependentSchemas": objects.dependent_schemas,
    "prefixItems": arrays.prefix_items,
}
_KEYWORDS: Final[Mapping[Dialect, Mapping[str, Keyword]]] = {
    Dialect.DRAFT_2020_12: _MODERN,
    Dialect.DRAFT_7: {**_SHARED, "additionalItems": arrays.additional_items, "dependencies": objects.dependencies},
    Dialect.OPENAPI: {**_MODERN, "dependencies": objects.dependencies},
}
_TYPING: Final = frozenset({"type", "x-kubernetes-int-or-string"})


def compile_validator(
    schema: Any, *, dialect: Dialect | None = None, assert_formats: bool = True
) -> Callable[[Any], list[Failure]]:
    """Return a function that lists the failures of an instance, with JSON pointers from the instance's root.

    Args:
        schema: A JSON Schema; must not change afterwards.
        dialect: What it is written in where it has no ``$schema``.
        assert_formats: Whether the formats that we know are checked.

    Raises:
        DefinitionRefused: The schema itself is wrong, or in a dialect that is not accepted.
    """
    try:
        named = detect_dialect(schema)
    except ValueError as error:
        raise DefinitionRefused("The schema cannot be used.", [Failure("/$schema", "$schema", str(error))]) from None
    document = Document(schema, dialect=dialect if dialect and named is Dialect.OPENAPI else named, meta_schemas=True)
    if document.failures:
        raise DefinitionRefused("The schema cannot be used.", document.failures)
    return compile_document(document, assert_formats=assert_formats)(document.root)


def compile_document(
    document: Document, *, assert_formats: bool = True
) -> Callable[[Any], Callable[[Any], list[Failure]]]:
    """Return a function that gives the validator of any subschema of a document that has no failures."""
    compiler = _Compiler(document, assert_formats=assert_formats)

    def validator_of(schema: Any) -> Callable[[Any], list[Failure]]:
        check = compiler.compile(schema)
        scope = (document.base(schema),) if document.dynamic else ()

        def failures(instance: Any) -> list[Failure]:
            try:
                troubles = check(instance, Run(scope))
            except RecursionError:
                return [Failure("", "depth", "is nested too deeply to be checked")]
            return [Failure(pointer(trail), keyword, message) for trail, keyword, message in troubles]

        return failures

    return validator_of


class _Compiler:
    def __init__(self, document: Document, *, assert_formats: bool) -> None:
        self.document = document
        self.assert_formats = assert_formats
        self._keywords = _KEYWORDS[document.dialect]
        self._checks: dict[int, Check] = {}

    def compile(self, schema: Any) -> Check:
        """Return the check of a subschema; each is compiled once."""
        if not isinstance(schema, dict):
            return _accept if schema else _reject
        check = self._checks.get(id(schema))
        if check is None:
            check = self._checks[id(schema)] = self._compile(schema)
        return check

    def target(self, schema: dict[str, Any], keyword: str, run: Run) -> tuple[Any, str]:
        """Return what a reference names: for ``$dynamicRef``, the outermost resource entered decides."""
        place = self.document.resolve(schema[keyword], base=self.document.base(schema))
        name = schema[keyword].rpartition("#")[2]
        anchored = self.document.dynamic_anchor(place.base, name) if keyword == "$dynamicRef" else None
        if anchored is not None and anchored.schema is place.schema:
            found = (self.document.dynamic_anchor(base, name) for base in run.scope)
            place = next((one for one in found if one is not None), place)
        return place.schema, place.base

    def _compile(self, schema: dict[str, Any]) -> Check:
        if self.document.dialect is Dialect.DRAFT_7 and "$ref" in schema:
            return self._reference(schema)
        compiled = self._compiled(schema)
        typing = [check for keyword, check in compiled if keyword in _TYPING]
        checks = [check for keyword, check in compiled if keyword not in _TYPING]
        if "$ref" in schema:
            checks.append(self._reference(schema))
        if "$dynamicRef" in schema and self.document.dialect is not Dialect.DRAFT_7:
            checks.append(self._dynamic_reference(schema))
        check = _combined(typing, checks)
        if schema.get("nullable") is True:
            check = _nullable(check)
        if self.document.dynamic and "$id" in schema:
            check = _scoped(check, self.document.base(schema))
        return check

    def _compiled(self, schema: dict[str, Any]) -> list[tuple[str, Check]]:
        compiled = []
        for keyword, value in schema.items():
            compile_keyword = self._keywords.get(keyword)
            check = compile_keyword(value, schema, self) if compile_keyword else None
            if check is not None:
                compiled.append((keyword, check))
        return compiled

    def _reference(self, schema: dict[str, Any]) -> Check:
        place = self.document.resolve(schema["$ref"], base=self.document.base(schema))
        target, base = place.schema, place.base

        def check(instance: Any, run: Run) -> Troubles:
            return self._refer(target, base, instance, run)

        return check

    def _dynamic_reference(self, schema: dict[str, Any]) -> Check:
        def check(instance: Any, run: Run) -> Troubles:
            target, base = self.target(schema, "$dynamicRef", run)
            return self._refer(target, base, instance, run)

        return check

    def _refer(self, target: Any, base: str, instance: Any, run: Run) -> Troubles:
        """Return what a referenced schema finds; it is asked once a run, and tells each failure once.

        Schemas that refer to others twice at each step would otherwise double both the work and the failures.
        """
        key = (id(target), id(instance), run.scope)
        known: Troubles | None = run.known.get(key)
        if known is None:
            check = self.compile(target)
            known = (_scoped(check, base) if self.document.dynamic else check)(instance, run)
            if len(known) > 1:
                known = list(dict.fromkeys(known))
            run.known[key] = known
        return known


def _accept(_instance: Any, _run: Run) -> Troubles:
    return OK


def _reject(_instance: Any, _run: Run) -> Troubles:
    return [Trouble((), "false", "is not allowed here")]


def _combined(typing: list[Check], checks: list[Check]) -> Check:
    """Return one check of several; where the type is wrong, nothing else is worth telling."""
    if not typing and not checks:
        return _accept
    if len(typing) + len(checks) == 1:
        return (typing or checks)[0]

    def check(instance: Any, run: Run) -> Troubles:
        for one in typing:
            troubles = one(instance, run)
            if troubles:
                return troubles
        found: list[Trouble] = []
        for one in checks:
            troubles = one(instance, run)
            if troubles:
                found += troubles
        return found

    return check


def _nullable(check: Check) -> Check:
    def nullable(instance: Any, run: Run) -> Troubles:
        return OK if instance is None else check(instance, run)

    return nullable


def _scoped(check: Check, base: str) -> Check:
    def scoped(instance: Any, run: Run) -> Troubles:
        outer = run.scope
        if outer and outer[-1] == base:
            return check(instance, run)
        run.scope = (*outer, base)
        try:
            return check(instance, run)
        finally:
            run.scope = outer

    return scoped
