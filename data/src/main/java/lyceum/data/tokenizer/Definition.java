package lyceum.data.tokenizer;

import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import lyceum.data.tokenizer.BpeTokenizer.Merge;

/**
 * All that a {@code tokenizer.json} says.
 *
 * @param bytesOfToken bytes that each id adds to a text; none for control tokens
 * @param model what pieces are merged by
 * @param merges from the first learned to the last
 * @param special ids of control tokens
 * @param idOfSpecial their ids by their texts
 * @param rawTokens added tokens that are searched for in the text as it is
 * @param normalizedTokens added tokens that are searched for after normalization
 * @param composed whether text is brought into Unicode's form NFC
 * @param prefixSpace whether a text that does not begin with a space gets one
 * @param before ids before every text where the tokenizer's own frame is asked for
 * @param after ids after it
 * @param json makes the file, or gives the one that was read
 */
record Definition(
    List<byte[]> bytesOfToken,
    BpeModel model,
    List<Merge> merges,
    BitSet special,
    Map<String, Integer> idOfSpecial,
    AddedTokens rawTokens,
    AddedTokens normalizedTokens,
    boolean composed,
    boolean prefixSpace,
    List<Integer> before,
    List<Integer> after,
    Supplier<String> json) {}
