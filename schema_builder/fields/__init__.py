"""The root fields: those of each kind, and the generic ones; all they do is to read arguments and ask the backend."""
