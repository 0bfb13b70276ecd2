package lyceum.data.seeded;

/** Breaks a rule on purpose. */
final class UsesTheModel {
  lyceum.model.seeded.UsesTemporal model;
}
