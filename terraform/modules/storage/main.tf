# Two buckets, and for each a user that can reach that bucket and nothing else.

locals {
  buckets = {
    worker   = var.bucket
    tracking = var.tracking_bucket
  }
}

resource "minio_s3_bucket" "this" {
  for_each = local.buckets

  bucket = each.value
  acl    = "private"
}

# Overwriting or deleting an object leaves the version before it.
resource "minio_s3_bucket_versioning" "this" {
  for_each = local.buckets

  bucket = minio_s3_bucket.this[each.key].bucket

  versioning_configuration {
    status = "Enabled"
  }
}

resource "minio_iam_policy" "this" {
  for_each = local.buckets

  name = "lyceum-${each.key}"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
        Resource = ["arn:aws:s3:::${each.value}"]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
        Resource = ["arn:aws:s3:::${each.value}/*"]
      },
    ]
  })
}

resource "minio_iam_user" "this" {
  for_each = local.buckets

  name = "lyceum-${each.key}"
}

resource "minio_iam_user_policy_attachment" "this" {
  for_each = local.buckets

  user_name   = minio_iam_user.this[each.key].name
  policy_name = minio_iam_policy.this[each.key].id
}
