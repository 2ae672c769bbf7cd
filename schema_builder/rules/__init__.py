"""Rules in CEL (``x-kubernetes-validations``): compiled with a definition, evaluated on every write.

    text         what a rule's text names, and its text as the library reads it
    language     the environment: standard CEL, Kubernetes' functions; compiles and evaluates one expression
    functions/   what Kubernetes adds to CEL, one family a file
    rule         one entry of ``x-kubernetes-validations``: what it may hold, compiled
    conversion   JSON values as CEL values: numbers, dates and durations as their schemas say
    plan         which places of a body have rules
    correlation  the value that a place had before
    evaluation   the failures of a body

The library is cel-expr-python, bindings of Google's own C++ implementation; nothing else may import it but ``language``
and ``functions``. The page docs/decisions/0006-cel-library.md tells why, and what is done about its limits.
"""
