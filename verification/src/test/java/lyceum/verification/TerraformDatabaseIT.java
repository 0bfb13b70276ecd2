package lyceum.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Terraform's database module on a real Postgres, from {@code apply} to {@code destroy}. */
class TerraformDatabaseIT {
  private static final String MODULE = "modules/database";

  @Test
  void databases_areReachableByTheirOwnRoleAlone_andDriftIsRepaired(@TempDir Path folder)
      throws Exception {
    Path provider = BuiltTools.require("terraform-provider-postgresql");
    Terraform terraform = new Terraform(folder, List.of(Terraform.mirrorOf(provider)));
    try (PostgresServer postgres = PostgresServer.start(folder)) {
      postgres.environment("postgres").forEach(terraform::with);
      terraform.with(
          "TF_VAR_passwords",
          "{ temporal = \""
              + PostgresServer.PASSWORD
              + "\", mlflow = \""
              + PostgresServer.PASSWORD
              + "\" }");
      terraform.succeed(MODULE, "init", "-input=false");
      assertThat(terraform.succeed(MODULE, "test")).contains("0 failed");
      terraform.succeed(MODULE, "apply", "-auto-approve", "-input=false");
      assertThat(terraform.differs(MODULE)).isFalse();

      String own = "create table mine (id int)";
      assertThat(postgres.sql("temporal", "temporal", own).exitCode()).isZero();
      assertThat(postgres.sql("temporal", "temporal_visibility", own).exitCode()).isZero();
      assertThat(postgres.sql("mlflow", "mlflow", own).exitCode()).isZero();
      for (List<String> other :
          List.of(
              List.of("temporal", "mlflow"),
              List.of("mlflow", "temporal"),
              List.of("mlflow", "temporal_visibility"))) {
        Installation.Outcome refused = postgres.sql(other.get(0), other.get(1), "select 1");
        assertThat(refused.exitCode()).as("%s", other).isNotZero();
        assertThat(refused.err()).contains("permission denied for database");
      }
      Installation.Outcome role = postgres.sql("mlflow", "mlflow", "create role another login");
      assertThat(role.err()).contains("permission denied");

      assertThat(
              postgres
                  .sql("postgres", "postgres", "grant connect on database mlflow to public")
                  .exitCode())
          .isZero();
      assertThat(terraform.differs(MODULE)).isTrue();
      terraform.succeed(MODULE, "apply", "-auto-approve", "-input=false");
      assertThat(terraform.differs(MODULE)).isFalse();
      assertThat(postgres.sql("temporal", "mlflow", "select 1").exitCode()).isNotZero();

      terraform.succeed(MODULE, "destroy", "-auto-approve", "-input=false");
      String left =
          "select datname from pg_database where not datistemplate union"
              + " select rolname from pg_roles where rolname !~ '^pg_' order by 1";
      assertThat(postgres.sql("postgres", "postgres", left).out().lines()).containsOnly("postgres");
    }
  }
}
