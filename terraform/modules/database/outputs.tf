output "databases" {
  description = "Owner by database."
  value       = { for name, database in postgresql_database.this : name => database.owner }
}
