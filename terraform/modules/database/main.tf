# Roles and databases of the servers that keep their data in Postgres; each database is reachable by its own role alone.

locals {
  databases = {
    temporal            = "temporal"
    temporal_visibility = "temporal"
    mlflow              = "mlflow"
  }
}

resource "postgresql_role" "this" {
  for_each = toset(values(local.databases))

  name     = each.value
  login    = true
  password = var.passwords[each.value]
}

resource "postgresql_database" "this" {
  for_each = local.databases

  name              = each.key
  owner             = postgresql_role.this[each.value].name
  encoding          = "UTF8"
  lc_collate        = "C.UTF-8"
  lc_ctype          = "C.UTF-8"
  template          = "template0"
  allow_connections = true
}

# Everybody may connect to a new database until that is taken away.
resource "postgresql_grant" "nobody_else" {
  for_each = local.databases

  database    = postgresql_database.this[each.key].name
  role        = "public"
  object_type = "database"
  privileges  = []
}
