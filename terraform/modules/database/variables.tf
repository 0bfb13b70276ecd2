variable "passwords" {
  description = "Password of each role: temporal and mlflow."
  type        = map(string)
  sensitive   = true

  validation {
    condition     = toset(keys(var.passwords)) == toset(["temporal", "mlflow"])
    error_message = "Passwords are needed for temporal and mlflow, and for nobody else."
  }

  validation {
    condition     = alltrue([for password in values(var.passwords) : length(password) >= 16])
    error_message = "A password has 16 characters at least."
  }
}
