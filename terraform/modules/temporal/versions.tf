terraform {
  required_version = ">= 1.9"

  required_providers {
    temporal = {
      source  = "terraform.local/lyceum/temporal"
      version = "~> 0.1"
    }
  }
}
