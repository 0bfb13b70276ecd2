output "buckets" {
  description = "Names of the buckets by what uses them."
  value       = { for use, bucket in minio_s3_bucket.this : use => bucket.bucket }
}

output "credentials" {
  description = "Access and secret key by role."
  sensitive   = true
  value = {
    for role, user in minio_iam_user.this : role => {
      access_key = user.name
      secret_key = user.secret
    }
  }
}
