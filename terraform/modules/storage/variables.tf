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
  default     = "lyceum-tracking"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.tracking_bucket))
    error_message = "A bucket name has 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "noncurrent_days" {
  description = "Days that a replaced or deleted version of an object is kept."
  type        = number
  default     = 30

  validation {
    condition     = var.noncurrent_days >= 1 && floor(var.noncurrent_days) == var.noncurrent_days
    error_message = "Versions are kept for one day at least, in whole days."
  }
}

variable "encryption_key" {
  description = "Name of the key in MinIO's key management with which objects are encrypted; null leaves them plain."
  type        = string
  default     = null
}

variable "user_prefix" {
  description = "What the names of users and policies begin with."
  type        = string
  default     = "lyceum"
}
