package io.arclight.datasource;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/** Finds pairs of image and label files below the paths of a read. */
final class IdxFolder {
  private static final Pattern IMAGES = Pattern.compile("(.*)images([-.])idx3-ubyte(\\.gz)?");
  private static final Pattern TEST_NAME = Pattern.compile(".*(t10k|test).*");
  private static final String EXPECTED =
      "Expected pairs such as train-images-idx3-ubyte and train-labels-idx1-ubyte, each also as"
          + " .gz.";

  private IdxFolder() {}

  static IdxImages images(Configuration hadoop, CaseInsensitiveStringMap options) {
    List<IdxImages.Pair> pairs = new ArrayList<>();
    for (String path : paths(options)) {
      try {
        pairs.addAll(pairs(hadoop, new Path(path), options));
      } catch (IOException e) {
        throw new DataSourceException("Cannot read " + path + ": " + e.getMessage(), e);
      }
    }
    return new IdxImages(pairs);
  }

  private static List<IdxImages.Pair> pairs(
      Configuration hadoop, Path path, CaseInsensitiveStringMap options) throws IOException {
    FileSystem files = path.getFileSystem(hadoop);
    FileStatus[] matches = files.globStatus(path);
    if (matches == null || matches.length == 0) {
      throw new DataSourceException("No file or folder matches " + path + ".");
    }

    List<IdxImages.Pair> pairs = new ArrayList<>();
    for (FileStatus match : matches) {
      if (match.isDirectory()) {
        Split split = ImageOptions.choice(options, "split", Split.TRAIN);
        pairs.addAll(ofFolder(hadoop, files.listStatus(match.getPath()), match.getPath(), split));
      } else if (matches.length == 1 || isImages(match)) {
        Split split = ImageOptions.choice(options, "split", Split.ALL);
        pairs.addAll(ofFolder(hadoop, siblings(files, match), match.getPath(), split));
      }
    }
    if (pairs.isEmpty()) {
      throw new DataSourceException(
          "Nothing that matches " + path + " is an IDX images file. " + EXPECTED);
    }
    return pairs;
  }

  /** An images file with what may be its labels. */
  private static FileStatus[] siblings(FileSystem files, FileStatus images) throws IOException {
    FileStatus[] all = files.listStatus(images.getPath().getParent());
    return Arrays.stream(all)
        .filter(f -> !isImages(f) || f.getPath().equals(images.getPath()))
        .toArray(FileStatus[]::new);
  }

  private static List<IdxImages.Pair> ofFolder(
      Configuration hadoop, FileStatus[] content, Path path, Split split) throws IOException {
    Arrays.sort(content);
    Map<String, FileStatus> byName = new LinkedHashMap<>();
    Arrays.stream(content).forEach(f -> byName.put(f.getPath().getName(), f));

    // Of a file that lies there both plain and gzipped, the plain one, which sorts first, is read.
    Map<String, FileStatus> images = new LinkedHashMap<>();
    Arrays.stream(content)
        .filter(IdxFolder::isImages)
        .forEach(f -> images.putIfAbsent(withoutGz(f.getPath().getName()), f));
    if (images.isEmpty()) {
      throw new DataSourceException(
          path + " has no IDX images. " + EXPECTED + " Found: " + byName.keySet());
    }

    List<IdxImages.Pair> pairs = new ArrayList<>();
    for (FileStatus file : images.values()) {
      Matcher name = imagesName(file);
      boolean test = TEST_NAME.matcher(name.group(1)).matches();
      if (split == Split.ALL || test == (split == Split.TEST)) {
        FileStatus labels = labels(byName, name, file);
        pairs.add(
            new IdxImages.Pair(
                IdxFile.of(hadoop, file, IdxFile.Kind.IMAGES),
                IdxFile.of(hadoop, labels, IdxFile.Kind.LABELS)));
      }
    }
    if (pairs.isEmpty()) {
      throw new DataSourceException(
          path + " has no files of the split " + split + ". Found: " + images.keySet());
    }
    return pairs;
  }

  private static FileStatus labels(Map<String, FileStatus> byName, Matcher name, FileStatus file) {
    String plain = name.group(1) + "labels" + name.group(2) + "idx1-ubyte";
    FileStatus labels = byName.getOrDefault(plain, byName.get(plain + ".gz"));
    if (labels == null) {
      throw new DataSourceException(
          file.getPath() + " has no labels: neither " + plain + " nor " + plain + ".gz is there.");
    }
    return labels;
  }

  private static Matcher imagesName(FileStatus file) {
    Matcher matcher = IMAGES.matcher(file.getPath().getName());
    matcher.matches();
    return matcher;
  }

  private static boolean isImages(FileStatus file) {
    return IMAGES.matcher(file.getPath().getName()).matches();
  }

  private static String withoutGz(String name) {
    return name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
  }

  /** Spark gives one path as {@code path}, several as a JSON list in {@code paths}. */
  private static List<String> paths(CaseInsensitiveStringMap options) {
    if (options.containsKey("path")) {
      return List.of(options.get("path"));
    }

    if (!options.containsKey("paths")) {
      throw new DataSourceException(
          "The format mnist needs a path: spark.read().format(\"mnist\").load(\"<folder>\").");
    }

    try {
      return List.of(new ObjectMapper().readValue(options.get("paths"), String[].class));
    } catch (JsonProcessingException e) {
      throw new DataSourceException(
          "Option paths=" + options.get("paths") + " is not a JSON list of paths.", e);
    }
  }
}
