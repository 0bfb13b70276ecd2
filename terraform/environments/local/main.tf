# Buckets, users and the namespace on servers of one machine, destroyable as a whole. The state is a file beside this one.

terraform {
  required_version = ">= 1.9"

  required_providers {
    minio = {
      source  = "aminueza/minio"
      version = "~> 3.2"
    }
    temporal = {
      source  = "terraform.local/lyceum/temporal"
      version = "~> 0.1"
    }
  }
}

variable "storage_address" {
  description = "Host and port of MinIO. MINIO_USER and MINIO_PASSWORD name its administrator."
  type        = string
  default     = "127.0.0.1:9000"
}

variable "temporal_address" {
  description = "Host and port of Temporal."
  type        = string
  default     = "127.0.0.1:7233"
}

variable "encryption_key" {
  description = "Key in MinIO's key management; null leaves objects plain."
  type        = string
  default     = null
}

provider "minio" {
  minio_server = var.storage_address
  minio_ssl    = false
}

provider "temporal" {
  address = var.temporal_address
}

module "storage" {
  source = "../../modules/storage"

  encryption_key  = var.encryption_key
  noncurrent_days = 7
}

module "temporal" {
  source = "../../modules/temporal"

  retention_days      = 30
  deletion_protection = false
}

output "buckets" {
  value = module.storage.buckets
}

output "credentials" {
  sensitive = true
  value     = module.storage.credentials
}

output "namespace" {
  value = module.temporal.namespace
}

output "search_attributes" {
  value = module.temporal.search_attributes
}
