mock_provider "minio" {}

run "each_role_has_a_user_and_a_policy" {
  command = plan

  assert {
    condition     = toset([for bucket in minio_s3_bucket.this : bucket.bucket]) == toset(["lyceum", "lyceum-tracking"])
    error_message = "The two buckets are lyceum and lyceum-tracking."
  }

  assert {
    condition     = toset(keys(minio_iam_user.this)) == toset(["worker", "tracking", "reader", "backup"]) && keys(minio_iam_user.this) == keys(minio_iam_policy.this)
    error_message = "Each role has its own user and its own policy."
  }
}

run "policies_reach_no_further_than_the_role" {
  command = plan

  assert {
    condition     = !strcontains(minio_iam_policy.this["worker"].policy, "lyceum-tracking")
    error_message = "The worker's policy must name the artifacts' bucket and no other."
  }

  assert {
    condition = alltrue([for role in ["reader", "backup"] : alltrue([
      for statement in jsondecode(minio_iam_policy.this[role].policy).Statement :
      statement.Effect == "Deny" || alltrue([for action in statement.Action : can(regex("^s3:(Get|List)", action))])
    ])])
    error_message = "Reader and backup write nothing."
  }

  assert {
    condition = alltrue([for policy in minio_iam_policy.this : anytrue([
      for statement in jsondecode(policy.policy).Statement : statement.Effect == "Deny" && statement.Action == ["s3:DeleteObjectVersion"]
    ]) && !strcontains(policy.policy, "s3:*")])
    error_message = "No role may delete a version, or do everything."
  }
}

run "encryption_covers_every_bucket_or_none" {
  command = plan

  variables {
    encryption_key = "lyceum"
  }

  assert {
    condition     = keys(minio_s3_bucket_server_side_encryption.this) == keys(minio_s3_bucket.this)
    error_message = "With a key, every bucket is encrypted."
  }
}

run "wrong_bucket_name_is_refused" {
  command = plan

  variables {
    bucket = "Not A Bucket"
  }

  expect_failures = [var.bucket]
}

run "no_retention_is_refused" {
  command = plan

  variables {
    noncurrent_days = 0
  }

  expect_failures = [var.noncurrent_days]
}
