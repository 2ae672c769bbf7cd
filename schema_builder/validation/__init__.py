"""Validation of instances by JSON Schema: a schema is compiled once to closures, which report every failure.

One group of keywords a file; ``compiler`` puts them together. Nothing in here knows GraphQL, kinds or resources.
"""
