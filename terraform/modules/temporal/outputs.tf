output "namespace" {
  value = temporal_namespace.this.name
}

output "search_attributes" {
  value = sort([for attribute in temporal_search_attribute.this : attribute.name])
}
