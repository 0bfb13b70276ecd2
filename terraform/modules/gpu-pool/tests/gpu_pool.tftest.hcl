mock_provider "aws" {
  mock_resource "aws_iam_role" {
    defaults = {
      arn = "arn:aws:iam::123456789012:role/mock"
    }
  }
  mock_resource "aws_s3_bucket" {
    defaults = {
      arn = "arn:aws:s3:::lyceum-test"
    }
  }
}

variables {
  zones       = ["eu-central-1a", "eu-central-1b"]
  admin_cidrs = ["192.0.2.0/24"]
  bucket      = "lyceum-test"
}

run "gpu_machines_are_tainted_and_shrink_to_none" {
  command = apply

  assert {
    condition     = aws_eks_node_group.gpu.scaling_config[0].min_size == 0 && aws_eks_node_group.gpu.scaling_config[0].max_size == 2
    error_message = "The pool shrinks to no machine and grows to two."
  }

  assert {
    condition     = one(aws_eks_node_group.gpu.taint).key == "nvidia.com/gpu" && aws_eks_node_group.gpu.labels["lyceum/pool"] == "gpu"
    error_message = "Only what asks for GPUs is put on GPU machines."
  }

  assert {
    condition     = length(aws_eks_node_group.gpu.subnet_ids) == 1
    error_message = "GPU machines stand in one zone."
  }
}

run "bucket_is_closed_to_the_public" {
  command = apply

  assert {
    condition     = aws_s3_bucket_public_access_block.this.restrict_public_buckets && aws_s3_bucket_public_access_block.this.block_public_policy
    error_message = "Nothing in the bucket may become public."
  }
}

run "api_open_to_the_internet_is_refused" {
  command = plan

  variables {
    admin_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.admin_cidrs]
}

run "one_zone_is_refused" {
  command = plan

  variables {
    zones = ["eu-central-1a"]
  }

  expect_failures = [var.zones]
}
