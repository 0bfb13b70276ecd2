package lyceum.core.seeded.egg;

import lyceum.core.seeded.chicken.Chicken;

/** The other half. */
public record Egg(Chicken from) {}
