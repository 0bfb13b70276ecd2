mock_provider "temporal" {}

run "namespace_is_protected_unless_said_otherwise" {
  command = plan

  assert {
    condition     = temporal_namespace.this.deletion_protection && temporal_namespace.this.retention_days == 90
    error_message = "A namespace is protected and keeps histories for 90 days by default."
  }

  assert {
    condition     = length(temporal_search_attribute.this) == 5 && alltrue([for attribute in temporal_search_attribute.this : attribute.type == "Keyword"])
    error_message = "Five keywords."
  }
}

run "no_retention_is_refused" {
  command = plan

  variables {
    retention_days = 0
  }

  expect_failures = [var.retention_days]
}

run "wrong_name_is_refused" {
  command = plan

  variables {
    namespace = "with space"
  }

  expect_failures = [var.namespace]
}
