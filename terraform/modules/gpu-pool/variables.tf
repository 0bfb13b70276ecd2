variable "name" {
  description = "What all names begin with."
  type        = string
  default     = "lyceum"
}

variable "zones" {
  description = "Availability zones, two at least for the control plane; GPU machines stand in the first, so that they are near each other."
  type        = list(string)

  validation {
    condition     = length(var.zones) >= 2
    error_message = "EKS wants two zones at least."
  }
}

variable "cidr" {
  description = "Addresses of the network."
  type        = string
  default     = "10.40.0.0/16"
}

variable "admin_cidrs" {
  description = "Networks from which the cluster's API may be reached."
  type        = list(string)

  validation {
    condition     = length(var.admin_cidrs) > 0 && !contains(var.admin_cidrs, "0.0.0.0/0")
    error_message = "Name the networks of the people who administer the cluster, not the whole internet."
  }
}

variable "kubernetes_version" {
  type    = string
  default = "1.34"
}

variable "gpu_instance_type" {
  type    = string
  default = "p5.48xlarge"
}

variable "gpu_nodes" {
  description = "Most GPU machines at a time. None stands idle: the smallest number is 0."
  type        = number
  default     = 2

  validation {
    condition     = var.gpu_nodes >= 1
    error_message = "A pool has room for one machine at least."
  }
}

variable "gpu_capacity_type" {
  type    = string
  default = "ON_DEMAND"

  validation {
    condition     = contains(["ON_DEMAND", "SPOT"], var.gpu_capacity_type)
    error_message = "ON_DEMAND or SPOT; a training on a spot machine that is taken away goes on from its last checkpoint."
  }
}

variable "bucket" {
  description = "Bucket for artifacts, manifests and checkpoints; globally unique."
  type        = string
}

variable "noncurrent_days" {
  type    = number
  default = 30
}
