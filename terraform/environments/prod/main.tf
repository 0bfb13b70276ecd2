# Production on AWS: a cluster with a pool of GPU machines and its bucket; the namespace, protected; Postgres' roles and databases; workers,
# model server and console. Apply the pool first (-target=module.gpu_pool): the cluster's address is not known before it is there.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.60, < 7.0"
    }
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = ">= 2.30, < 4.0"
    }
    temporal = {
      source  = "terraform.local/lyceum/temporal"
      version = "~> 0.1"
    }
    postgresql = {
      source  = "cyrilgdn/postgresql"
      version = "~> 1.27"
    }
  }

  # terraform init -backend-config=backend.hcl
  backend "s3" {}
}

variable "region" {
  type = string
}

variable "zones" {
  description = "Availability zones; GPU machines stand in the first."
  type        = list(string)
}

variable "admin_cidrs" {
  description = "Networks from which the cluster's API may be reached."
  type        = list(string)
}

variable "bucket" {
  description = "Bucket for artifacts; globally unique."
  type        = string
}

variable "gpu_nodes" {
  description = "Most GPU machines at a time."
  type        = number
  default     = 2
}

variable "temporal_address" {
  description = "Host and port of Temporal."
  type        = string
}

variable "temporal_api_key" {
  type      = string
  sensitive = true
  default   = null
}

variable "database_host" {
  description = "Host of Postgres. PGUSER and PGPASSWORD name its administrator."
  type        = string
}

variable "database_passwords" {
  description = "Passwords of the roles temporal and mlflow."
  type        = map(string)
  sensitive   = true
}

variable "image" {
  description = "Image of Lyceum, by its tag: workers of two builds may run beside each other."
  type = object({
    repository = string
    tag        = string
  })
}

variable "storage_endpoint" {
  description = "Address of the bucket's service, for example https://s3.eu-central-1.amazonaws.com."
  type        = string
}

variable "tracking_uri" {
  description = "Address of MLflow."
  type        = string
}

variable "console" {
  description = "Address, database and single sign-on of the console; see modules/cluster."
  type        = any
  default     = {}
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { project = "lyceum" }
  }
}

provider "kubernetes" {
  host                   = module.gpu_pool.cluster_endpoint
  cluster_ca_certificate = base64decode(module.gpu_pool.cluster_certificate)

  exec {
    api_version = "client.authentication.k8s.io/v1"
    command     = "aws"
    args        = ["eks", "get-token", "--region", var.region, "--cluster-name", module.gpu_pool.cluster_name]
  }
}

provider "temporal" {
  address = var.temporal_address
  tls     = true
  api_key = var.temporal_api_key
}

provider "postgresql" {
  host      = var.database_host
  sslmode   = "verify-full"
  superuser = false
}

module "gpu_pool" {
  source = "../../modules/gpu-pool"

  zones       = var.zones
  admin_cidrs = var.admin_cidrs
  bucket      = var.bucket
  gpu_nodes   = var.gpu_nodes
}

module "temporal" {
  source = "../../modules/temporal"
}

module "cluster" {
  source = "../../modules/cluster"

  image        = var.image
  temporal     = { address = var.temporal_address }
  storage      = { endpoint = var.storage_endpoint, bucket = module.gpu_pool.bucket, region = var.region }
  tracking_uri = var.tracking_uri
  console      = var.console
  # The class is yours to make, on EFS or FSx: many nodes write to it.
  work    = { storage_class = "shared", access_mode = "ReadWriteMany", size = "500Gi" }
  serving = { autoscaling = {} }

  workers = {
    workflows = { queues = ["WORKFLOWS", "CONTROL"], replicas = 2, requests = { cpu = "1", memory = "1Gi" }, limits = { memory = "2Gi" } }
    data      = { queues = ["DATA"], replicas = 4, requests = { cpu = "4", memory = "8Gi" }, limits = { memory = "16Gi" } }
    learning = {
      queues        = ["LEARNING"]
      replicas      = var.gpu_nodes
      gpus          = 8
      requests      = { cpu = "16", memory = "128Gi" }
      limits        = { memory = "256Gi" }
      node_selector = { "lyceum/pool" = "gpu" }
      tolerations   = [{ key = "nvidia.com/gpu", operator = "Exists", effect = "NoSchedule" }]
    }
  }
}

module "database" {
  source = "../../modules/database"

  passwords = var.database_passwords
}

output "cluster_name" {
  value = module.gpu_pool.cluster_name
}

output "bucket" {
  value = module.gpu_pool.bucket
}
