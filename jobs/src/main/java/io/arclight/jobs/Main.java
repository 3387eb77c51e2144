package io.arclight.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The entry point of {@code ./arclight} and of {@code spark-submit}. */
@Command(
    name = "arclight",
    mixinStandardHelpOptions = true,
    version = "Arclight 0.1.0",
    description = "Deep learning on Spark DataFrames.",
    subcommands = {TrainCommand.class, EvaluateCommand.class, PredictCommand.class},
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage.",
      "Every option can stand in a YAML file, by its long name: --config FILE."
    })
public final class Main {
  private static volatile boolean ended;

  private Main() {}

  /** Runs a command and ends the JVM: barrier stages leave threads behind that would keep it. */
  @SuppressWarnings("SystemExitOutsideMain")
  public static void main(String[] args) {
    Runtime.getRuntime().addShutdownHook(new Thread(Main::interrupted));
    int code = run(args);
    ended = true;
    silence();
    SparkSession.getActiveSession().foreach(Main::stop);
    System.exit(code);
  }

  /** A signal ends the executors too, which Spark takes for failures. */
  private static void interrupted() {
    if (!ended) {
      System.err.println(System.lineSeparator() + "arclight: stopped by a signal");
      silence();
      // Scala's thread pools print.
      System.setErr(new PrintStream(OutputStream.nullOutputStream(), false, UTF_8));
    }
  }

  /** What Spark logs while it stops is of no use. */
  private static void silence() {
    Configurator.setAllLevels(LogManager.ROOT_LOGGER_NAME, Level.OFF);
  }

  private static Object stop(SparkSession session) {
    session.stop();
    return null;
  }

  /** Runs a command; its exit code. */
  static int run(String... args) {
    CommandLine line = new CommandLine(new Main());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(Main::failed);
    line.setParameterExceptionHandler(Main::wrong);
    if (args.length == 0) {
      line.usage(System.err);
      return CommandLine.ExitCode.USAGE;
    }
    try {
      YamlDefaults.of(line, args).ifPresent(line::setDefaultValueProvider);
    } catch (JobException e) {
      line.getErr().println("arclight: " + e.getMessage());
      return CommandLine.ExitCode.USAGE;
    }
    return line.execute(args);
  }

  /** The message only: the whole usage would push it off the screen. */
  private static int wrong(CommandLine.ParameterException e, String[] args) {
    CommandLine line = e.getCommandLine();
    PrintWriter err = line.getErr();
    err.println("arclight: " + e.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
    err.println("(all options: " + line.getCommandSpec().qualifiedName() + " --help)");
    err.flush();
    return CommandLine.ExitCode.USAGE;
  }

  private static int failed(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
    PrintWriter err = line.getErr();
    boolean trace = Failures.unexpected(e) || Boolean.getBoolean("arclight.stacktraces");
    if (trace) {
      e.printStackTrace(err);
    }
    err.println("arclight: " + Failures.message(e));
    if (!trace) {
      err.println(
          "(for the whole stack trace: --conf spark.driver.extraJavaOptions"
              + "=-Darclight.stacktraces=true)");
    }
    err.flush();
    return CommandLine.ExitCode.SOFTWARE;
  }
}
