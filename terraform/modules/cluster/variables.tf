variable "name" {
  description = "What all names begin with."
  type        = string
  default     = "lyceum"
}

variable "namespace" {
  description = "The namespace, which is made here and enforces Pod Security \"restricted\"."
  type        = string
  default     = "lyceum"
}

variable "image" {
  type = object({
    repository  = string
    tag         = string
    pull_policy = optional(string, "IfNotPresent")
  })
}

variable "temporal" {
  type = object({
    address   = string
    namespace = optional(string, "lyceum")
  })
}

variable "storage" {
  type = object({
    endpoint = string
    bucket   = optional(string, "lyceum")
    region   = optional(string, "us-east-1")
  })
}

variable "tracking_uri" {
  type = string
}

variable "existing_secret" {
  description = <<-EOT
    Name of a Secret that somebody else puts into the namespace, with the keys storage-access-key, storage-secret-key and admin-token; tracking-username
    and tracking-password where MLflow asks for them; console-database-user and console-database-password with a database of the console;
    console-oidc-secret with single sign-on. No secret passes through Terraform, so none is in its state.
  EOT
  type        = string
  default     = "lyceum"
}

variable "work" {
  description = "Files that workers and model server share. More than one node needs a class that many nodes may write to."
  nullable    = false
  type = object({
    storage_class = optional(string)
    access_mode   = optional(string, "ReadWriteOnce")
    size          = optional(string, "20Gi")
  })
  default = {}
}

variable "workers" {
  description = "Each entry is a Deployment. queues: WORKFLOWS, CONTROL, DATA, LEARNING; each queue needs one entry. With build_id an entry's runs stay with its build of the workflow code, and tag is its image's."
  nullable    = false
  type = map(object({
    queues        = list(string)
    replicas      = optional(number, 1)
    gpus          = optional(number, 0)
    requests      = map(string)
    limits        = map(string)
    node_selector = optional(map(string), {})
    tolerations = optional(list(object({
      key      = string
      operator = optional(string, "Equal")
      value    = optional(string)
      effect   = optional(string)
    })), [])
    build_id = optional(string)
    tag      = optional(string)
  }))
  default = {
    all = {
      queues   = ["WORKFLOWS", "CONTROL", "DATA", "LEARNING"]
      requests = { cpu = "2", memory = "4Gi" }
      limits   = { memory = "8Gi" }
    }
  }

  validation {
    condition     = alltrue([for worker in values(var.workers) : length(setsubtract(worker.queues, ["WORKFLOWS", "CONTROL", "DATA", "LEARNING"])) == 0])
    error_message = "A worker's queues are among WORKFLOWS, CONTROL, DATA and LEARNING."
  }

  validation {
    condition     = length(setsubtract(["WORKFLOWS", "CONTROL", "DATA", "LEARNING"], flatten([for worker in values(var.workers) : worker.queues]))) == 0
    error_message = "WORKFLOWS, CONTROL, DATA and LEARNING each need a worker; a run would wait for ever at the one that is missing."
  }

  validation {
    condition     = alltrue([for worker in values(var.workers) : contains(keys(worker.limits), "memory")])
    error_message = "Each worker needs a memory limit: one that takes all of a node's memory takes the others with it."
  }
}

variable "drain_seconds" {
  description = "A running step gets this long to stop and keep its checkpoint."
  type        = number
  default     = 60
}

variable "serving" {
  description = "The model server. A promotion is told to one of its pods; the others, and those started later, follow within seconds."
  nullable    = false
  type = object({
    requests = optional(map(string), { cpu = "1", memory = "2Gi" })
    limits   = optional(map(string), { memory = "4Gi" })
    autoscaling = optional(object({
      min_replicas       = optional(number, 1)
      max_replicas       = optional(number, 4)
      target_cpu_percent = optional(number, 70)
    }))
  })
  default = {}
}

variable "console" {
  description = "Users, sessions and the audit log lie in SQLite on a volume of one pod, or, with database_url (jdbc:postgresql://HOST/DATABASE), in Postgres, where several pods share them."
  nullable    = false
  type = object({
    url            = optional(string, "")
    temporal_pages = optional(string, "")
    database_url   = optional(string, "")
    storage_class  = optional(string)
    size           = optional(string, "1Gi")
    replicas       = optional(number, 1)
    requests       = optional(map(string), { cpu = "100m", memory = "256Mi" })
    limits         = optional(map(string), { memory = "512Mi" })
    oidc = optional(object({
      issuer      = string
      client_id   = optional(string, "lyceum")
      name        = optional(string, "single sign-on")
      roles_claim = optional(string, "lyceum_roles")
    }))
  })
  default = {}

  validation {
    condition     = var.console.replicas == 1 || var.console.database_url != ""
    error_message = "Several pods of the console need a database that they share: set database_url."
  }

  validation {
    condition     = var.console.oidc == null || var.console.url != ""
    error_message = "Single sign-on leads back to the console: set url."
  }
}

variable "quota" {
  description = "What the namespace may ask for at most, for example { \"requests.cpu\" = \"64\", \"requests.nvidia.com/gpu\" = \"16\" }; empty for no bound."
  nullable    = false
  type        = map(string)
  default     = {}
}
