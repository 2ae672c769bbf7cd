"""What a server should make of a document, read off the CRD's text by Kubernetes' rules and by nothing of ours.

Nulls that the schema does not allow are absent; a default fills a property that an object lacks; what is undeclared, in
an object of which nothing else is said, stays as it is.
"""

import copy


def completed(schema, value):
    """Return a value without forbidden nulls and with the defaults of its schema."""
    if isinstance(value, dict) and isinstance(schema, dict):
        return _completed_object(schema, value)
    if isinstance(value, list) and isinstance(schema, dict):
        return [completed(schema.get("items"), item) for item in value]
    return value


def _completed_object(schema, value):
    properties, rest = schema.get("properties") or {}, schema.get("additionalProperties")
    result = {}
    for name, item in value.items():
        child = properties.get(name, rest if isinstance(rest, dict) else None)
        if item is not None or child is None or _allows_null(child):
            result[name] = completed(child, item)
    for name, child in properties.items():
        default = child.get("default")
        if name not in result and "default" in child and (default is not None or _allows_null(child)):
            result[name] = completed(child, copy.deepcopy(default))
    return result


def _allows_null(schema):
    """Tell whether a schema allows null: it says so, or says nothing of types, so that any value is kept as it is."""
    return schema.get("nullable") or not ("type" in schema or "x-kubernetes-int-or-string" in schema)


def without_nulls(value):
    """Return a value without properties that are null: a typed field reads them like absent ones."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def without_null_properties(value):
    """Return a value as a merge patch can say it: null would remove a property, lists are replaced whole."""
    if isinstance(value, dict):
        return {name: without_null_properties(item) for name, item in value.items() if item is not None}
    return value


def merged(value, patch):
    """Return a value with a patch of properties merged into it, as RFC 7386 says; the patch holds no nulls."""
    if not (isinstance(value, dict) and isinstance(patch, dict)):
        return patch
    return value | {name: merged(value.get(name), item) for name, item in patch.items()}


def differences(value, other, path=""):
    """Return where two JSON values differ, as pointers; 1 and 1.0 are one number, 1 and true are not."""
    if isinstance(value, dict) and isinstance(other, dict):
        names = sorted({*value, *other})
        return [
            found
            for name in names
            for found in (
                differences(value[name], other[name], f"{path}/{name}")
                if name in value and name in other
                else [f"{path}/{name}: {_shown(value.get(name))} is not {_shown(other.get(name))}"]
            )
        ]
    if isinstance(value, list) and isinstance(other, list) and len(value) == len(other):
        pairs = enumerate(zip(value, other, strict=True))
        return [found for at, pair in pairs for found in differences(*pair, f"{path}/{at}")]
    same = value == other and isinstance(value, bool) == isinstance(other, bool)
    return [] if same else [f"{path}: {_shown(value)} is not {_shown(other)}"]


def _shown(value):
    text = repr(value)
    return text if len(text) < 80 else f"{text[:77]}..."
