# The chart in infra/helm/lyceum, said in Terraform for those who hold everything in one state: namespace, workers by queue, model server,
# console. KubernetesIT applies both to one cluster and compares what the API server made of them.

locals {
  labels = {
    "app.kubernetes.io/name"     = "lyceum"
    "app.kubernetes.io/instance" = var.name
  }

  addresses = [
    { name = "LYCEUM_HOME", value = "/var/lib/lyceum" },
    { name = "LYCEUM_TEMPORAL_ADDRESS", value = var.temporal.address },
    { name = "LYCEUM_TEMPORAL_NAMESPACE", value = var.temporal.namespace },
    { name = "LYCEUM_STORAGE_ENDPOINT", value = var.storage.endpoint },
    { name = "LYCEUM_STORAGE_BUCKET", value = var.storage.bucket },
    { name = "LYCEUM_STORAGE_REGION", value = var.storage.region },
    { name = "LYCEUM_TRACKING_URI", value = var.tracking_uri },
  ]

  keys = [
    { name = "LYCEUM_STORAGE_ACCESS_KEY", key = "storage-access-key", optional = false },
    { name = "LYCEUM_STORAGE_SECRET_KEY", key = "storage-secret-key", optional = false },
    { name = "LYCEUM_SERVING_ADMIN_TOKEN", key = "admin-token", optional = false },
    { name = "LYCEUM_TRACKING_USERNAME", key = "tracking-username", optional = true },
    { name = "LYCEUM_TRACKING_PASSWORD", key = "tracking-password", optional = true },
  ]

  model_server = [
    { name = "LYCEUM_SERVING_HOST", value = "${var.name}-serving" },
    { name = "LYCEUM_SERVING_PORT", value = "8080" },
  ]

  has_console_volume = var.console.database_url == ""

  # What differs between the three kinds of Deployment; the rest is said once, in deployments.tf.
  deployments = merge(
    {
      for name, worker in var.workers : "worker-${name}" => {
        container = "worker"
        tag       = coalesce(worker.tag, var.image.tag)
        replicas  = worker.replicas
        # A second pod would wait for GPUs that the first one holds.
        recreate      = worker.gpus > 0
        grace         = var.drain_seconds + 15
        args          = ["worker", "--drain", tostring(var.drain_seconds), "--queues", join(",", worker.queues)]
        env           = concat(worker.build_id == null ? [] : [{ name = "LYCEUM_WORKER_BUILD_ID", value = worker.build_id }], local.model_server)
        keys          = []
        requests      = worker.requests
        limits        = merge(worker.limits, worker.gpus > 0 ? { "nvidia.com/gpu" = tostring(worker.gpus) } : {})
        node_selector = worker.node_selector
        tolerations   = worker.tolerations
        port          = null
        health        = null
        host          = null
        mounts        = [{ name = "work", path = "/var/lib/lyceum", read_only = false, sub_path = null }]
        claims        = { work = "${var.name}-work" }
        scratch       = {}
      }
    },
    {
      serving = {
        container = "serving"
        tag       = var.image.tag
        replicas  = var.serving.autoscaling == null ? 1 : null
        recreate  = false
        grace     = 45
        args      = ["serving", "--host", "0.0.0.0", "--port", "8080"]
        env = [
          { name = "LYCEUM_SERVING_LOG", value = "/var/lib/lyceum-records" },
          { name = "LYCEUM_SERVING_PLACEMENT", value = "/var/lib/lyceum-placement/in-service.json" },
        ]
        keys          = []
        requests      = var.serving.requests
        limits        = var.serving.limits
        node_selector = {}
        tolerations   = []
        port          = 8080
        health        = "/health"
        host          = null
        mounts = [
          { name = "work", path = "/var/lib/lyceum", read_only = true, sub_path = null },
          { name = "records", path = "/var/lib/lyceum-records", read_only = false, sub_path = null },
          # Who is told of a promotion writes here what the others are to serve, and those started later.
          { name = "work", path = "/var/lib/lyceum-placement", read_only = false, sub_path = "placement" },
        ]
        claims = { work = "${var.name}-work" }
        # A pod's own, as a folder of records has one server; they leave for the object storage after a minute.
        scratch = { records = "1Gi" }
      }
      console = {
        container = "console"
        tag       = var.image.tag
        replicas  = var.console.replicas
        # The database on the volume has one writer.
        recreate = local.has_console_volume
        grace    = 30
        args     = ["console"]
        env = concat(
          local.model_server,
          [{ name = "LYCEUM_CONSOLE_HOST", value = "0.0.0.0" }, { name = "LYCEUM_CONSOLE_PORT", value = "8090" }],
          [for variable, value in {
            LYCEUM_CONSOLE_DATABASE_URL = var.console.database_url
            LYCEUM_CONSOLE_URL          = var.console.url
            LYCEUM_TEMPORAL_PAGES       = var.console.temporal_pages
          } : { name = variable, value = value } if value != ""],
          var.console.oidc == null ? [] : [
            { name = "LYCEUM_CONSOLE_OIDC_ISSUER", value = var.console.oidc.issuer },
            { name = "LYCEUM_CONSOLE_OIDC_CLIENT_ID", value = var.console.oidc.client_id },
            { name = "LYCEUM_CONSOLE_OIDC_NAME", value = var.console.oidc.name },
            { name = "LYCEUM_CONSOLE_OIDC_ROLES_CLAIM", value = var.console.oidc.roles_claim },
          ],
        )
        keys = concat(
          local.has_console_volume ? [] : [
            { name = "LYCEUM_CONSOLE_DATABASE_USER", key = "console-database-user", optional = false },
            { name = "LYCEUM_CONSOLE_DATABASE_PASSWORD", key = "console-database-password", optional = false },
          ],
          var.console.oidc == null ? [] : [{ name = "LYCEUM_CONSOLE_OIDC_CLIENT_SECRET", key = "console-oidc-secret", optional = false }],
        )
        requests      = var.console.requests
        limits        = var.console.limits
        node_selector = {}
        tolerations   = []
        port          = 8090
        health        = "/healthz"
        # Asked by another name than its own it answers 403; a probe would ask by the address of the pod.
        host    = "localhost"
        mounts  = [{ name = "state", path = "/var/lib/lyceum", read_only = false, sub_path = null }]
        claims  = local.has_console_volume ? { state = "${var.name}-console" } : {}
        scratch = local.has_console_volume ? {} : { state = null }
      }
    },
  )
}

resource "kubernetes_namespace_v1" "this" {
  metadata {
    name = var.namespace
    labels = {
      "pod-security.kubernetes.io/enforce" = "restricted"
    }
  }
}

resource "kubernetes_resource_quota_v1" "this" {
  count = length(var.quota) > 0 ? 1 : 0

  metadata {
    name      = var.name
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = local.labels
  }

  spec {
    hard = var.quota
  }
}

resource "kubernetes_persistent_volume_claim_v1" "this" {
  for_each = merge(
    { work = { storage_class = var.work.storage_class, access_mode = var.work.access_mode, size = var.work.size } },
    local.has_console_volume ? { console = { storage_class = var.console.storage_class, access_mode = "ReadWriteOnce", size = var.console.size } } : {},
  )

  metadata {
    name      = "${var.name}-${each.key}"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = merge(local.labels, { "app.kubernetes.io/component" = each.key })
  }

  spec {
    access_modes       = [each.value.access_mode]
    storage_class_name = each.value.storage_class

    resources {
      requests = { storage = each.value.size }
    }
  }

  # Some classes bind when the first pod asks, and that comes later.
  wait_until_bound = false

  # One that is not wanted any more goes after the pods that use it, which hold it.
  lifecycle {
    create_before_destroy = true
  }
}
