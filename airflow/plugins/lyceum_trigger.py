"""Waits for a run in Airflow's triggerer, where only Python runs; the Java task looks at the run itself afterwards."""

from __future__ import annotations

import asyncio

from airflow.triggers.base import BaseTrigger, TriggerEvent


class RunTrigger(BaseTrigger):
    """
    Fires when a run has ended or, with until=DECISION, when its candidate waits for a decision.

    :param target: HOST:PORT of Temporal
    :param every: seconds between two looks
    """

    def __init__(self, target: str, namespace: str, run_id: str, until: str, every: float):
        super().__init__()
        self.target = target
        self.namespace = namespace
        self.run_id = run_id
        self.until = until
        self.every = every

    def serialize(self):
        arguments = ("target", "namespace", "run_id", "until", "every")
        return "lyceum_trigger.RunTrigger", {name: getattr(self, name) for name in arguments}

    async def run(self):
        from temporalio.service import RPCError, RPCStatusCode

        client = None
        while True:
            try:
                if client is None:
                    client = await self._connect()
                if await self._is_there(client):
                    yield TriggerEvent({"run_id": self.run_id})
                    return
            except (RPCError, RuntimeError) as e:
                # A server that is away for a while ends no wait; a run that is unknown does.
                if isinstance(e, RPCError) and e.status == RPCStatusCode.NOT_FOUND:
                    raise
                self.log.warning("Temporal at %s does not answer: %s", self.target, e)
            await asyncio.sleep(self.every)

    async def on_kill(self):
        """A person cleared or marked the task: its run is not wanted any more."""
        client = await self._connect()
        await client.get_workflow_handle(self.run_id).cancel()
        self.log.info("Cancelled run %s", self.run_id)

    async def _connect(self):
        from temporalio.client import Client

        return await Client.connect(self.target, namespace=self.namespace, identity="airflow-triggerer")

    async def _is_there(self, client) -> bool:
        from temporalio.client import WorkflowExecutionStatus
        from temporalio.service import RPCError, RPCStatusCode

        life = await client.get_workflow_handle(self.run_id).describe()
        if life.status != WorkflowExecutionStatus.RUNNING:
            return True
        if self.until == "END":
            return False
        try:
            deployment = await client.get_workflow_handle(f"{self.run_id}-deployment").describe()
        except RPCError as e:
            if e.status == RPCStatusCode.NOT_FOUND:
                return False
            raise
        return deployment.search_attributes.get("LyceumStatus") == ["WAITING"]
