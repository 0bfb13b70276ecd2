# Production on AWS: a cluster with a pool of GPU machines and its bucket; the namespace, protected; Postgres' roles and databases.
# Workers, model server and console come from infra/helm/lyceum.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.60, < 7.0"
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

provider "aws" {
  region = var.region

  default_tags {
    tags = { project = "lyceum" }
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
