"""Says of every ExternalService whether something answers at its host and port."""

import asyncio
from datetime import UTC, datetime

from controllers import Context, Controller, Requeue, Resource, generation_changed

controller = Controller("ExternalService", workers=4, predicate=generation_changed)


@controller.reconcile
async def reconcile(resource: Resource, ctx: Context) -> Requeue:
    problem = await probe(resource.spec["host"], resource.spec["port"])
    reachable = problem is None
    if reachable != resource.status.get("reachable"):
        ctx.event("Reachable" if reachable else "Unreachable", problem or "")
    ctx.status(reachable=reachable, message=problem, checkedAt=datetime.now(UTC).isoformat())
    return Requeue(after=30)


async def probe(host: str, port: int) -> str | None:
    """Return what is wrong; None where a connection can be made."""
    try:
        async with asyncio.timeout(5):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        return str(error) or "no answer within 5 s"
    writer.close()
    return None
