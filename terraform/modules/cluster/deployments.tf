resource "kubernetes_deployment_v1" "this" {
  for_each = local.deployments

  metadata {
    name      = "${var.name}-${each.key}"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
    labels    = merge(local.labels, { "app.kubernetes.io/component" = each.key })
  }

  spec {
    replicas = each.value.replicas

    strategy {
      type = each.value.recreate ? "Recreate" : "RollingUpdate"
    }

    selector {
      match_labels = merge(local.labels, { "app.kubernetes.io/component" = each.key })
    }

    template {
      metadata {
        labels = merge(local.labels, { "app.kubernetes.io/component" = each.key })
      }

      spec {
        automount_service_account_token = false
        # Kubernetes would set LYCEUM_SERVING_PORT and LYCEUM_CONSOLE_PORT to addresses, for services of these names.
        enable_service_links             = false
        termination_grace_period_seconds = each.value.grace
        node_selector                    = each.value.node_selector

        security_context {
          run_as_non_root        = true
          run_as_user            = 10001
          run_as_group           = 10001
          fs_group               = 10001
          fs_group_change_policy = "OnRootMismatch"

          seccomp_profile {
            type = "RuntimeDefault"
          }
        }

        dynamic "toleration" {
          for_each = each.value.tolerations

          content {
            key      = toleration.value.key
            operator = toleration.value.operator
            value    = toleration.value.value
            effect   = toleration.value.effect
          }
        }

        container {
          name              = each.value.container
          image             = "${var.image.repository}:${each.value.tag}"
          image_pull_policy = var.image.pull_policy
          args              = each.value.args

          dynamic "env" {
            for_each = concat(local.addresses, each.value.env)

            content {
              name  = env.value.name
              value = env.value.value
            }
          }

          dynamic "env" {
            for_each = concat(local.keys, each.value.keys)

            content {
              name = env.value.name

              value_from {
                secret_key_ref {
                  name     = var.existing_secret
                  key      = env.value.key
                  optional = env.value.optional
                }
              }
            }
          }

          dynamic "port" {
            for_each = each.value.port == null ? [] : [each.value.port]

            content {
              name           = "http"
              container_port = port.value
            }
          }

          dynamic "liveness_probe" {
            for_each = each.value.health == null ? [] : [each.value.health]

            content {
              period_seconds    = 10
              failure_threshold = 6

              http_get {
                path = liveness_probe.value
                port = "http"

                dynamic "http_header" {
                  for_each = each.value.host == null ? [] : [each.value.host]

                  content {
                    name  = "Host"
                    value = http_header.value
                  }
                }
              }
            }
          }

          dynamic "readiness_probe" {
            for_each = each.value.health == null ? [] : [each.value.health]

            content {
              period_seconds = 5

              http_get {
                path = readiness_probe.value
                port = "http"

                dynamic "http_header" {
                  for_each = each.value.host == null ? [] : [each.value.host]

                  content {
                    name  = "Host"
                    value = http_header.value
                  }
                }
              }
            }
          }

          # run_as_non_root again: the provider's own default for a container, false, would take back what the pod says.
          security_context {
            allow_privilege_escalation = false
            read_only_root_filesystem  = true
            run_as_non_root            = true

            capabilities {
              drop = ["ALL"]
            }
          }

          resources {
            requests = each.value.requests
            limits   = each.value.limits
          }

          dynamic "volume_mount" {
            for_each = concat(each.value.mounts, [{ name = "temporary", path = "/tmp", read_only = false, sub_path = null }])

            content {
              name       = volume_mount.value.name
              mount_path = volume_mount.value.path
              read_only  = volume_mount.value.read_only
              sub_path   = volume_mount.value.sub_path
            }
          }
        }

        dynamic "volume" {
          for_each = each.value.claims

          content {
            name = volume.key

            persistent_volume_claim {
              claim_name = kubernetes_persistent_volume_claim_v1.this[trimprefix(volume.value, "${var.name}-")].metadata[0].name
            }
          }
        }

        dynamic "volume" {
          for_each = merge(each.value.scratch, { temporary = null })

          content {
            name = volume.key

            empty_dir {
              size_limit = volume.value
            }
          }
        }
      }
    }
  }

  # Pods may wait: for the Secret, for a node of the pool, for GPUs that others hold.
  wait_for_rollout = false
}
