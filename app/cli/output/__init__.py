"""How commands show things: tables, YAML, JSON, progress, and text that a terminal can be trusted with."""
