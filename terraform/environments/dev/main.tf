# A team's installation: servers on Postgres, everything encrypted, the namespace protected, the state in a bucket.

terraform {
  required_version = ">= 1.11"

  required_providers {
    minio = {
      source  = "aminueza/minio"
      version = "~> 3.2"
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

variable "storage_address" {
  description = "Host and port of MinIO. MINIO_USER and MINIO_PASSWORD name its administrator."
  type        = string
}

variable "storage_tls" {
  type    = bool
  default = true
}

variable "temporal_address" {
  description = "Host and port of Temporal."
  type        = string
}

variable "temporal_tls" {
  type    = bool
  default = true
}

variable "database_host" {
  description = "Host of Postgres. PGUSER and PGPASSWORD name its administrator."
  type        = string
}

variable "database_port" {
  type    = number
  default = 5432
}

variable "database_sslmode" {
  type    = string
  default = "verify-full"
}

variable "database_passwords" {
  description = "Passwords of the roles temporal and mlflow."
  type        = map(string)
  sensitive   = true
}

variable "encryption_key" {
  description = "Key in MinIO's key management."
  type        = string
}

provider "minio" {
  minio_server = var.storage_address
  minio_ssl    = var.storage_tls
}

provider "temporal" {
  address = var.temporal_address
  tls     = var.temporal_tls
}

provider "postgresql" {
  host      = var.database_host
  port      = var.database_port
  sslmode   = var.database_sslmode
  superuser = false
}

module "storage" {
  source = "../../modules/storage"

  encryption_key = var.encryption_key
}

module "temporal" {
  source = "../../modules/temporal"
}

module "database" {
  source = "../../modules/database"

  passwords = var.database_passwords
}

output "credentials" {
  sensitive = true
  value     = module.storage.credentials
}

output "databases" {
  value = module.database.databases
}
