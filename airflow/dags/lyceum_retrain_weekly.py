"""Retrains a model every week when its data have changed.

Order, retries and schedule are here; what a task does is in Java, under the same names
(lyceum.airflow.RetrainWeekly). What it needs:

  variable   lyceum_recipe   a recipe's text
  connection lyceum_default  host and port of Temporal; schema: the namespace; login: who starts and approves
  queue      java            led to the JavaCoordinator, see docs/airflow.md
"""

from datetime import datetime, timedelta

from airflow.sdk import dag, task

# A run is durable by itself: a retry is for the task that looks at it.
again = {"queue": "java", "retries": 3, "retry_delay": timedelta(minutes=1)}


@dag(
    schedule="@weekly",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    # Two lives of one model line would wait for each other at promotion.
    max_active_runs=1,
)
def lyceum_retrain_weekly():
    @task.stub(**again)
    def new_data(): ...

    @task.stub(**again)
    def start(): ...

    @task.stub(**again)
    def candidate(): ...

    @task.stub(**again)
    def gate(): ...

    @task.stub(**again)
    def promote(): ...

    new_data() >> start() >> candidate() >> gate() >> promote()


lyceum_retrain_weekly()
