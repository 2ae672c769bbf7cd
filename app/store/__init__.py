"""The database: the only package that imports PyMongo or Beanie, or that knows how a resource looks inside MongoDB.

Everything that crosses its border is plain data, a ``State`` or an error of ``app.errors``. What a write means is not
decided here (``app.resources``), nor who may do it when (``app.services``).
"""
