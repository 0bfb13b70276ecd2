locals {
  services = { for name, one in local.deployments : name => one.port if one.port != null }
}

resource "kubernetes_service_v1" "this" {
  for_each = local.services

  metadata {
    name      = "${var.name}-${each.key}"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = merge(local.labels, { "app.kubernetes.io/component" = each.key })
  }

  spec {
    selector = merge(local.labels, { "app.kubernetes.io/component" = each.key })

    port {
      name        = "http"
      port        = each.value
      target_port = "http"
    }
  }
}

# Nobody connects to a worker. The model server is asked by pods of this namespace, workers administer it with a token.
resource "kubernetes_network_policy_v1" "this" {
  metadata {
    name      = var.name
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = local.labels
  }

  spec {
    policy_types = ["Ingress"]

    pod_selector {
      match_labels = local.labels
    }

    ingress {
      from {
        pod_selector {}
      }

      ports {
        protocol = "TCP"
        port     = 8080
      }
    }
  }
}

# The console asks everybody who they are.
resource "kubernetes_network_policy_v1" "console" {
  metadata {
    name      = "${var.name}-console"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = local.labels
  }

  spec {
    policy_types = ["Ingress"]

    pod_selector {
      match_labels = merge(local.labels, { "app.kubernetes.io/component" = "console" })
    }

    ingress {
      ports {
        protocol = "TCP"
        port     = 8090
      }
    }
  }
}

resource "kubernetes_pod_disruption_budget_v1" "serving" {
  metadata {
    name      = "${var.name}-serving"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = merge(local.labels, { "app.kubernetes.io/component" = "serving" })
  }

  spec {
    max_unavailable = "1"

    selector {
      match_labels = merge(local.labels, { "app.kubernetes.io/component" = "serving" })
    }
  }
}

resource "kubernetes_horizontal_pod_autoscaler_v2" "serving" {
  count = var.serving.autoscaling == null ? 0 : 1

  metadata {
    name      = "${var.name}-serving"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = merge(local.labels, { "app.kubernetes.io/component" = "serving" })
  }

  spec {
    min_replicas = var.serving.autoscaling.min_replicas
    max_replicas = var.serving.autoscaling.max_replicas

    scale_target_ref {
      api_version = "apps/v1"
      kind        = "Deployment"
      name        = kubernetes_deployment_v1.this["serving"].metadata[0].name
    }

    metric {
      type = "Resource"

      resource {
        name = "cpu"

        target {
          type                = "Utilization"
          average_utilization = var.serving.autoscaling.target_cpu_percent
        }
      }
    }
  }
}
