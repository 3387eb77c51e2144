package io.arclight.data.text;

import java.util.List;

/**
 * The tokens of a text.
 *
 * @param ids in the vocabulary
 * @param tokens as texts
 * @param typeIds 0 for the first text, 1 for the second of a pair
 * @param specialTokensMask 1 where a token was added, such as {@code [CLS]}
 */
public record Encoding(long[] ids, List<String> tokens, long[] typeIds, long[] specialTokensMask) {}
