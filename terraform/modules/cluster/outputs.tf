output "namespace" {
  value = kubernetes_namespace_v1.this.metadata[0].name
}

output "console" {
  description = "Service of the console; reach it by an Ingress of yours, or by kubectl port-forward."
  value       = "${kubernetes_service_v1.this["console"].metadata[0].name}:8090"
}

output "model_server" {
  description = "Service of the model server, for pods of the namespace."
  value       = "${kubernetes_service_v1.this["serving"].metadata[0].name}:8080"
}
