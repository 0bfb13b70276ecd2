"""Takes the model of one recipe through its life every night.

The task waits in the operator's own process. Airflow's retries are for the wait, not for the run: the run is durable by
itself, and a second try finds it by its id. Three Airflow variables say where things are:

  lyceum_install   folder of a built Lyceum (airflow/target is there)
  lyceum_recipe    a recipe as JSON, made by: lyceum recipe show NAME -o json
  lyceum_temporal  address of the Temporal server
"""

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    dag_id="lyceum_nightly",
    schedule="0 1 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    # Two lives of one model line would wait for each other at promotion.
    max_active_runs=1,
) as dag:
    BashOperator(
        task_id="run",
        # exec: SIGTERM reaches the operator, which cancels the run.
        bash_command=(
            "exec java -cp \"$INSTALL/airflow/target/airflow-0.1.0.jar:$INSTALL/airflow/target/lib/*\""
            " lyceum.airflow.RunOperator --recipe \"$RECIPE\" --run-id \"$RUN_ID\" --temporal \"$TEMPORAL\""
        ),
        env={
            "INSTALL": "{{ var.value.lyceum_install }}",
            "RECIPE": "{{ var.value.lyceum_recipe }}",
            "TEMPORAL": "{{ var.value.lyceum_temporal }}",
            # The date without the try number: the same in every try.
            "RUN_ID": "nightly-{{ ds }}",
        },
        append_env=True,
        retries=2,
        retry_delay=timedelta(minutes=5),
        execution_timeout=timedelta(days=2),
    )
