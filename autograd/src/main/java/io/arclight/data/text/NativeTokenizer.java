package io.arclight.data.text;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.util.List;
import java.util.function.Supplier;

/** The calls into Hugging Face's library, the only ones; each is given a handle that is open. */
final class NativeTokenizer {
  private static final String FLAVOR = "RUST_FLAVOR";

  private final TokenizersLibrary library;
  private long handle;

  /** Calls under way: the handle is given back after the last. */
  private int calls;

  private boolean closed;

  private NativeTokenizer(TokenizersLibrary library, long handle) {
    this.library = library;
    this.handle = handle;
  }

  /**
   * @throws IllegalStateException where the library is not there
   * @throws RuntimeException if the JSON is no tokenizer
   */
  static NativeTokenizer of(String json) {
    TokenizersLibrary library = library();
    return new NativeTokenizer(library, library.createTokenizerFromString(json));
  }

  private static synchronized TokenizersLibrary library() {
    // Where there is a GPU, DJL would fetch another build of the library from the network.
    boolean chosen = System.getProperty(FLAVOR) != null || System.getenv(FLAVOR) != null;
    if (!chosen) {
      System.setProperty(FLAVOR, "cpu");
    }
    try {
      LibUtils.checkStatus();
      return TokenizersLibrary.LIB;
    } catch (EngineException e) {
      throw Tokenizer.missing(e);
    } finally {
      if (!chosen) {
        System.clearProperty(FLAVOR);
      }
    }
  }

  /** Neither cuts nor pads, whatever the file says. */
  void plain() {
    call(
        () -> {
          library.disablePadding(handle);
          library.disableTruncation(handle);
          return null;
        });
  }

  void truncate(int maxLength) {
    call(
        () -> {
          library.setTruncation(handle, maxLength, "LONGEST_FIRST", 0);
          return null;
        });
  }

  /**
   * @param second null where there is one text
   */
  Encoding encode(String first, String second, boolean special) {
    return call(
        () -> {
          long encoding =
              second == null
                  ? library.encode(handle, first, special)
                  : library.encodeDual(handle, first, second, special);
          try {
            return read(encoding);
          } finally {
            library.deleteEncoding(encoding);
          }
        });
  }

  private Encoding read(long encoding) {
    return new Encoding(
        library.getTokenIds(encoding),
        List.of(library.getTokens(encoding)),
        library.getTypeIds(encoding),
        library.getSpecialTokenMask(encoding));
  }

  String decode(long[] ids, boolean skipSpecial) {
    return call(() -> library.decode(handle, ids, skipSpecial));
  }

  private <T> T call(Supplier<T> body) {
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("the tokenizer was closed");
      }
      calls++;
    }
    try {
      return body.get();
    } finally {
      synchronized (this) {
        calls--;
        free();
      }
    }
  }

  synchronized void close() {
    closed = true;
    free();
  }

  private void free() {
    if (closed && calls == 0 && handle != 0) {
      library.deleteTokenizer(handle);
      handle = 0;
    }
  }
}
