mock_provider "kubernetes" {}

variables {
  image        = { repository = "lyceum", tag = "0.1.0" }
  temporal     = { address = "temporal-frontend.temporal:7233" }
  storage      = { endpoint = "http://minio.storage:9000" }
  tracking_uri = "http://mlflow.tracking:5000"
}

run "one_worker_serves_every_queue_where_nothing_else_is_said" {
  command = plan

  assert {
    condition     = toset(keys(kubernetes_deployment_v1.this)) == toset(["worker-all", "serving", "console"])
    error_message = "One worker, the model server and the console."
  }

  assert {
    condition     = length(kubernetes_horizontal_pod_autoscaler_v2.serving) == 0 && kubernetes_deployment_v1.this["serving"].spec[0].replicas == "1"
    error_message = "Without autoscaling there is one model server."
  }

  assert {
    condition     = kubernetes_namespace_v1.this.metadata[0].labels["pod-security.kubernetes.io/enforce"] == "restricted"
    error_message = "The namespace enforces Pod Security \"restricted\"."
  }
}

run "a_training_worker_asks_for_gpus_and_tolerates_their_nodes" {
  command = plan

  variables {
    workers = {
      rest = { queues = ["WORKFLOWS", "CONTROL", "DATA"], requests = { cpu = "1" }, limits = { memory = "2Gi" } }
      learning = {
        queues        = ["LEARNING"]
        gpus          = 8
        requests      = { cpu = "16" }
        limits        = { memory = "256Gi" }
        node_selector = { "lyceum/pool" = "gpu" }
        tolerations   = [{ key = "nvidia.com/gpu", operator = "Exists", effect = "NoSchedule" }]
      }
    }
    serving = { autoscaling = { max_replicas = 3 } }
  }

  assert {
    condition     = kubernetes_deployment_v1.this["worker-learning"].spec[0].template[0].spec[0].container[0].resources[0].limits["nvidia.com/gpu"] == "8"
    error_message = "Eight GPUs are asked for."
  }

  assert {
    condition     = kubernetes_deployment_v1.this["worker-learning"].spec[0].strategy[0].type == "Recreate" && kubernetes_deployment_v1.this["worker-rest"].spec[0].strategy[0].type == "RollingUpdate"
    error_message = "Who holds GPUs is replaced, not doubled."
  }

  assert {
    condition     = kubernetes_horizontal_pod_autoscaler_v2.serving[0].spec[0].max_replicas == 3
    error_message = "The model server grows to three."
  }
}

run "a_queue_without_a_worker_is_refused" {
  command = plan

  variables {
    workers = { some = { queues = ["WORKFLOWS", "CONTROL", "DATA"], requests = {}, limits = { memory = "2Gi" } } }
  }

  expect_failures = [var.workers]
}

run "consoles_that_share_no_database_are_refused" {
  command = plan

  variables {
    console = { replicas = 2 }
  }

  expect_failures = [var.console]
}
