"""Rules in CEL (``x-kubernetes-validations``): compiled with a definition, evaluated on every write.

    text         what a rule's text names, and its text as the library reads it
    language     the environment: standard CEL, Kubernetes' functions; compiles one expression
    functions/   what Kubernetes adds to CEL, one family a file
    rule         one entry of ``x-kubernetes-validations``: what it may hold, compiled
    typing       what a rule reads, followed through the schema
    program      one compiled expression: what it is given, and what it may cost
    tree, usage, shape, cost   the syntax tree, what it reads, how large that is, what an evaluation costs
    conversion   JSON values as CEL values: numbers, dates and durations as their schemas say
    plan         which places of a body have rules
    checking     what is wrong with the rules of a schema
    correlation  the value that a place had before
    evaluation   the failures of one section of a body
    kind_rules   the failures of a whole resource

The library is cel-expr-python, bindings of Google's own C++ implementation; nothing else may import it but ``language``
and ``functions``. The page docs/decisions/0006-cel-library.md tells why, and what is done about its limits.
"""
