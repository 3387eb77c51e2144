package io.arclight.it.ops;

import io.arclight.it.ops.Work.Input;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A Python process with PyTorch that times calls on request. */
public final class PythonPeer implements AutoCloseable {
  private static final String SCRIPT =
      """
      import sys, time, torch
      torch.set_num_threads(1)
      print(torch.__version__, flush=True)
      loops = {}
      for line in sys.stdin:
          kind, rest = line.rstrip("\\n").split("\\t", 1)
          if kind == "time":
              name, calls = rest.split("\\t")
              begin = time.thread_time_ns()
              loops[name](int(calls))
              print(time.thread_time_ns() - begin, flush=True)
              continue
          if kind == "script":
              name, source = rest.split("\\t")
              scope = {"torch": torch}
              exec(source.replace("\\x1f", "\\n"), scope)
              def repeat(n, step=scope["step"]):
                  for _ in range(n): step()
              loops[name] = repeat
              print("ready", flush=True)
              continue
          if kind == "clear":
              loops.clear()
              print("clear", flush=True)
              continue
          name, inputs, body = rest.split("\\t")
          scope = {"torch": torch}
          names = []
          for pair in inputs.split(";"):
              variable, value = pair.split("=", 1)
              scope[variable] = eval(value, scope)
              names.append(variable)
          exec(f"def f({', '.join(names)}): return {body}", scope)
          def make(f=scope["f"], x=[scope[n] for n in names], kind=kind):
              def forward(n):
                  with torch.no_grad():
                      for _ in range(n): f(*x)
              if kind == "forward":
                  return forward
              floats = [t.requires_grad_() for t in x if t.is_floating_point()]
              g = torch.ones_like(f(*x).detach())
              def backward(n):
                  for _ in range(n): torch.autograd.grad(f(*x), floats, g)
              return backward
          loops[name] = make()
          print("ready", flush=True)
      """;

  private final Process process;
  private final PrintWriter to;
  private final BufferedReader from;
  private final String version;

  public PythonPeer(String executable) throws IOException {
    process =
        new ProcessBuilder(executable, "-c", SCRIPT)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    to = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    from = process.inputReader(StandardCharsets.UTF_8);
    version = from.readLine();
  }

  public String version() {
    return version;
  }

  Cost.Timed forward(Work work, int n) {
    return timed("forward", work, n, work.python(), "");
  }

  /** Null where there is no such form. */
  Cost.Timed out(Work work, int n) {
    return work.pythonOut() == null
        ? null
        : timed("forward", work, n, work.pythonOut(), ";o=" + work.python());
  }

  Cost.Timed backward(Work work, int n) {
    return timed("backward", work, n, work.python(), "");
  }

  /**
   * Calls of {@code step()}, which {@code script} defines; {@code torch} is imported.
   *
   * @param script without tabs
   */
  public Cost.Timed script(String name, String script) {
    ask("script\t" + name + "\t" + script.replace('\n', '\u001f'));
    return calls -> Double.parseDouble(ask("time\t" + name + "\t" + calls));
  }

  private Cost.Timed timed(String kind, Work work, int n, String body, String more) {
    List<Input> inputs = work.inputs().apply(n);
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < inputs.size(); i++) {
      names.append(i == 0 ? "" : ";").append("x").append(i).append('=').append(text(inputs.get(i)));
    }
    String loop = kind + " " + body;
    ask(kind + "\t" + loop + "\t" + names + more + "\t" + body);
    return calls -> Double.parseDouble(ask("time\t" + loop + "\t" + calls));
  }

  /** Forgets all that was made. */
  void clear() {
    ask("clear\t");
  }

  private String ask(String line) {
    to.println(line);
    try {
      String answer = from.readLine();
      if (answer == null) {
        throw new IllegalStateException("the Python process has ended at: " + line);
      }
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Input in) {
    String shape =
        Arrays.stream(in.shape()).mapToObj(Long::toString).collect(Collectors.joining(", "));
    return in.below() > 0
        ? "torch.randint(" + in.below() + ", [" + shape + "])"
        : "torch.rand(" + shape + ") * 2 - 1";
  }

  @Override
  public void close() {
    process.destroy();
  }
}
