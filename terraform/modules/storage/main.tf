# Two buckets with versions kept, and for each role a user that may do what the role needs and nothing else.

locals {
  buckets = {
    artifacts = var.bucket
    tracking  = var.tracking_bucket
  }

  read  = ["s3:GetObject"]
  write = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]

  # Deleting leaves the version before it, and no role may delete a version.
  roles = {
    worker   = { artifacts = local.write }
    tracking = { tracking = local.write }
    reader   = { artifacts = local.read }
    backup   = { artifacts = concat(local.read, ["s3:GetObjectVersion"]), tracking = concat(local.read, ["s3:GetObjectVersion"]) }
  }
}

resource "minio_s3_bucket" "this" {
  for_each = local.buckets

  bucket = each.value
  acl    = "private"
}

resource "minio_s3_bucket_versioning" "this" {
  for_each = local.buckets

  bucket = minio_s3_bucket.this[each.key].bucket

  versioning_configuration {
    status = "Enabled"
  }
}

resource "minio_ilm_policy" "this" {
  for_each = local.buckets

  bucket = minio_s3_bucket.this[each.key].bucket

  rule {
    id = "replaced-versions"

    noncurrent_expiration {
      days = "${var.noncurrent_days}d"
    }
  }

  depends_on = [minio_s3_bucket_versioning.this]
}

resource "minio_s3_bucket_server_side_encryption" "this" {
  for_each = var.encryption_key == null ? {} : local.buckets

  bucket          = minio_s3_bucket.this[each.key].bucket
  encryption_type = "aws:kms"
  kms_key_id      = var.encryption_key

  # MinIO loses one of two settings of a bucket that arrive at the same time.
  depends_on = [minio_ilm_policy.this]
}

resource "minio_iam_policy" "this" {
  for_each = local.roles

  name = "${var.user_prefix}-${each.key}"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Effect = "Allow"
        Action = concat(
          ["s3:GetBucketLocation", "s3:ListBucket"],
          each.key == "backup" ? ["s3:ListBucketVersions"] : [],
          each.key == "reader" || each.key == "backup" ? [] : ["s3:ListBucketMultipartUploads"],
        )
        Resource = [for use in keys(each.value) : "arn:aws:s3:::${local.buckets[use]}"]
      }],
      [for use, actions in each.value : {
        Effect   = "Allow"
        Action   = actions
        Resource = ["arn:aws:s3:::${local.buckets[use]}/*"]
      }],
      # MinIO takes the right to delete for the right to delete a version too, unless that is denied.
      [{
        Effect   = "Deny"
        Action   = ["s3:DeleteObjectVersion"]
        Resource = [for use in keys(each.value) : "arn:aws:s3:::${local.buckets[use]}/*"]
      }],
    )
  })
}

resource "minio_iam_user" "this" {
  for_each = local.roles

  name = "${var.user_prefix}-${each.key}"
}

resource "minio_iam_user_policy_attachment" "this" {
  for_each = local.roles

  user_name   = minio_iam_user.this[each.key].name
  policy_name = minio_iam_policy.this[each.key].id
}
