mock_provider "postgresql" {}

variables {
  passwords = {
    temporal = "0123456789abcdef"
    mlflow   = "fedcba9876543210"
  }
}

run "three_databases_of_two_roles" {
  command = plan

  assert {
    condition     = keys(postgresql_database.this) == ["mlflow", "temporal", "temporal_visibility"] && length(postgresql_role.this) == 2
    error_message = "Temporal has two databases, MLflow one, each server one role."
  }

  assert {
    condition     = alltrue([for grant in postgresql_grant.nobody_else : grant.role == "public" && length(grant.privileges) == 0])
    error_message = "Nobody else may connect."
  }
}

run "short_password_is_refused" {
  command = plan

  variables {
    passwords = {
      temporal = "short"
      mlflow   = "fedcba9876543210"
    }
  }

  expect_failures = [var.passwords]
}

run "missing_role_is_refused" {
  command = plan

  variables {
    passwords = {
      temporal = "0123456789abcdef"
    }
  }

  expect_failures = [var.passwords]
}
