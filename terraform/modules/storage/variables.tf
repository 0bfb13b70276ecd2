variable "bucket" {
  description = "Bucket for artifacts, manifests and checkpoints."
  type        = string
  default     = "lyceum"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "A bucket name has 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "tracking_bucket" {
  description = "Bucket behind MLflow's artifact proxy."
  type        = string
  default     = "mlflow"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.tracking_bucket))
    error_message = "A bucket name has 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}
