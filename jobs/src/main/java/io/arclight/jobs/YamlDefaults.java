package io.arclight.jobs;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Values of options from the YAML file that {@code --config} names; the command line wins. */
final class YamlDefaults implements CommandLine.IDefaultValueProvider {
  private static final String OPTION = "--config";

  private final Map<String, Object> values;

  private YamlDefaults(Map<String, Object> values) {
    this.values = values;
  }

  /**
   * The defaults of the file that {@code args} name, if they name one.
   *
   * @throws JobException if it cannot be read or has a key that the command has no option for
   */
  static Optional<YamlDefaults> of(CommandLine line, String... args) {
    Path file = null;
    CommandSpec command = line.getCommandSpec();
    for (int i = 0; i < args.length; i++) {
      CommandLine sub = line.getSubcommands().get(args[i]);
      if (sub != null && command == line.getCommandSpec()) {
        command = sub.getCommandSpec();
      } else if (args[i].equals(OPTION) && i + 1 < args.length) {
        file = Path.of(args[++i]);
      } else if (args[i].startsWith(OPTION + "=")) {
        file = Path.of(args[i].substring(OPTION.length() + 1));
      }
    }
    if (file == null) {
      return Optional.empty();
    }
    Map<String, Object> values = load(file);
    for (String key : values.keySet()) {
      if (command.findOption("--" + key) == null) {
        throw new JobException(file + ": '" + key + "' is no option of " + command.name());
      }
    }
    return Optional.of(new YamlDefaults(values));
  }

  private static Map<String, Object> load(Path path) {
    try (Reader in = Files.newBufferedReader(path)) {
      Object root = new Yaml(new SafeConstructor(new LoaderOptions())).load(in);
      if (root == null) {
        return Map.of();
      }
      if (!(root instanceof Map<?, ?> map)) {
        throw new JobException(path + ": expected 'option: value' lines");
      }
      Map<String, Object> values = new LinkedHashMap<>();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (entry.getValue() == null) {
          throw new JobException(path + ": '" + entry.getKey() + "' has no value");
        }
        values.put(String.valueOf(entry.getKey()), entry.getValue());
      }
      return values;
    } catch (NoSuchFileException e) {
      throw new JobException("there is no file " + path);
    } catch (IOException e) {
      throw new JobException("cannot read " + path + ": " + e);
    } catch (YAMLException e) {
      throw new JobException(path + ": " + e.getMessage().strip());
    }
  }

  @Override
  public String defaultValue(ArgSpec arg) {
    if (!(arg instanceof OptionSpec option)) {
      return null;
    }
    String name = option.longestName().replaceFirst("^--", "");
    Object value = values.get(name);
    if (value == null) {
      return null;
    }
    if (value instanceof List<?> list) {
      return list.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(e -> e.getKey() + "=" + e.getValue())
          .collect(Collectors.joining(","));
    }
    return String.valueOf(value);
  }
}
