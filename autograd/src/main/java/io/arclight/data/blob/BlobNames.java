package io.arclight.data.blob;

/** The rules that names of blobs obey in every store. */
public final class BlobNames {
  private BlobNames() {}

  /**
   * Gives back a valid name.
   *
   * @throws IllegalArgumentException naming the part that is not allowed
   */
  public static String require(String name) {
    for (String part : name.split("/", -1)) {
      if (part.isEmpty() || part.startsWith(".") || part.indexOf('\\') >= 0) {
        throw new IllegalArgumentException(
            "'%s' is no name of a blob: part '%s' is empty, starts with '.' or has a backslash; "
                    .formatted(name, part)
                + "write a relative path such as 'data/rank-0/model.safetensors'");
      }
    }
    return name;
  }

  /** Whether a path relative to a store's root is a blob, not a file in the making. */
  public static boolean visible(String relative) {
    return !relative.startsWith(".") && !relative.contains("/.");
  }
}
