variable "namespace" {
  description = "Namespace of all of Lyceum's workflows."
  type        = string
  default     = "lyceum"

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9._-]{0,253}$", var.namespace))
    error_message = "A namespace has 1 to 254 letters, digits, dots, hyphens and underscores."
  }
}

variable "retention_days" {
  description = "Days that the history of an ended workflow is kept."
  type        = number
  default     = 90

  validation {
    condition     = var.retention_days >= 1 && floor(var.retention_days) == var.retention_days
    error_message = "Histories are kept for one day at least, in whole days."
  }
}

variable "deletion_protection" {
  description = "While true, destroying the namespace is refused."
  type        = bool
  default     = true
}
