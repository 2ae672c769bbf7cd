"""Which kinds this server serves: the published snapshot, and where each kind's resources are stored."""
