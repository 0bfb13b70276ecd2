package lyceum.cli.stack;

import java.nio.file.Path;

/**
 * A program that the stack uses.
 *
 * @param program its path
 * @param version as it is pinned or as it says itself
 * @param origin where it was found: a variable, the path, or this installation
 */
public record Tool(Path program, String version, String origin) {}
