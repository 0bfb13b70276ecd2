package lyceum.model.parallel;

/**
 * What a rank has exchanged so far.
 *
 * @param collectives exchanges done
 * @param bytesSent of numbers, headers not counted
 * @param seconds in exchanges, waiting for other ranks included
 */
public record Traffic(long collectives, long bytesSent, double seconds) {}
