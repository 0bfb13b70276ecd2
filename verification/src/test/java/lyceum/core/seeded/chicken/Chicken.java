package lyceum.core.seeded.chicken;

import lyceum.core.seeded.egg.Egg;

/** Half of a cycle. */
public record Chicken(Egg from) {}
