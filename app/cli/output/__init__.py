"""How commands show things: tables, YAML, JSON and text that a terminal can be trusted with. Pure: strings to strings."""
