output "cluster_name" {
  value = aws_eks_cluster.this.name
}

output "cluster_endpoint" {
  value = aws_eks_cluster.this.endpoint
}

output "cluster_certificate" {
  description = "Authority of the API's certificate, base64."
  value       = one(aws_eks_cluster.this.certificate_authority[*].data)
}

output "bucket" {
  value = aws_s3_bucket.this.bucket
}
