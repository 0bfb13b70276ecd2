# The namespace and the keywords by which runs are looked up; without them a run stands still at its first task.

resource "temporal_namespace" "this" {
  name                = var.namespace
  description         = "Lyceum: language models from text to production"
  retention_days      = var.retention_days
  deletion_protection = var.deletion_protection
}

resource "temporal_search_attribute" "this" {
  for_each = toset(["LyceumRecipe", "LyceumStage", "LyceumModelLine", "LyceumStatus", "LyceumRequestedBy"])

  namespace = temporal_namespace.this.name
  name      = each.value
  type      = "Keyword"
}
