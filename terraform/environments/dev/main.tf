terraform {
  required_version = ">= 1.9"

  required_providers {
    minio = {
      source  = "aminueza/minio"
      version = "~> 3.2"
    }
  }
}

# MINIO_USER and MINIO_PASSWORD name an administrator.
provider "minio" {
  minio_server = var.storage_address
  minio_ssl    = false
}

variable "storage_address" {
  description = "Host and port of MinIO."
  type        = string
  default     = "127.0.0.1:9000"
}

module "storage" {
  source = "../../modules/storage"
}

output "buckets" {
  value = module.storage.buckets
}

output "credentials" {
  sensitive = true
  value     = module.storage.credentials
}
