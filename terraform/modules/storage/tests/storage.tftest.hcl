mock_provider "minio" {}

run "one_user_and_policy_a_bucket" {
  command = plan

  assert {
    condition     = toset([for bucket in minio_s3_bucket.this : bucket.bucket]) == toset(["lyceum", "mlflow"])
    error_message = "The two buckets are lyceum and mlflow."
  }

  assert {
    condition     = keys(minio_iam_user.this) == keys(minio_s3_bucket.this)
    error_message = "Each bucket has its own user."
  }
}

run "policies_name_their_own_bucket_only" {
  command = plan

  assert {
    condition     = strcontains(minio_iam_policy.this["worker"].policy, "arn:aws:s3:::lyceum/*") && !strcontains(minio_iam_policy.this["worker"].policy, "mlflow")
    error_message = "The worker's policy must name the worker's bucket and no other."
  }
}

run "wrong_bucket_name_is_refused" {
  command = plan

  variables {
    bucket = "Not A Bucket"
  }

  expect_failures = [var.bucket]
}
