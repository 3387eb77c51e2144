package io.arclight.spark.sql;

import io.arclight.export.Signature;
import io.arclight.spark.feed.RowInputs;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenFallback;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatchRow;
import scala.collection.IndexedSeq;
import scala.collection.Seq;

/**
 * A model applied to columns. The planner moves it into {@link PredictExec}, which works in
 * batches; where it cannot, as in join conditions, {@link #eval} works row by row.
 */
public final class Predict extends Expression implements CodegenFallback, Serializable {
  private static final long serialVersionUID = 1L;

  static final String REFRESH = "spark.arclight.predict.refresh";
  static final String EACH_BATCH = "batch";

  private final ModelVersion model;
  private final Answer answer;
  private final RowInputs inputs;
  private final DataType type;
  private final Seq<Expression> columns;
  private final boolean refresh;
  private transient ModelRun single;
  private transient AnswerVector singleAnswer;
  private transient TaskContext singleTask;

  Predict(
      ModelVersion model,
      Answer answer,
      RowInputs inputs,
      DataType type,
      Seq<Expression> columns,
      boolean refresh) {
    this.model = model;
    this.answer = answer;
    this.inputs = inputs;
    this.type = type;
    this.columns = columns;
    this.refresh = refresh;
  }

  static Predict of(
      ModelVersion model,
      Answer answer,
      RowInputs inputs,
      Signature signature,
      Seq<Expression> columns) {
    boolean refresh = SQLConf.get().getConfString(REFRESH, "start").equals(EACH_BATCH);
    return new Predict(model, answer, inputs, answer.type(signature), columns, refresh);
  }

  Answer answer() {
    return answer;
  }

  RowInputs inputs() {
    return inputs;
  }

  /** Whether one run of the model answers both. */
  boolean runsAs(Predict other) {
    return model.equals(other.model)
        && answer.bad() == other.answer.bad()
        && columns.equals(other.columns);
  }

  /**
   * This call for the next micro-batch of a stream: of the version that is current now where the
   * stream was defined under {@value #REFRESH} = {@value #EACH_BATCH}, else of the pinned one.
   *
   * @throws ModelException if the new version gives another type or does not take the columns
   */
  Predict forNextBatch() {
    if (!refresh) {
      return this;
    }
    ModelVersion now = ModelVersion.current(SparkContext.getOrCreate(), model.path());
    if (now.equals(model)) {
      return this;
    }
    Predict next = PredictFunctions.call(now, answer, ScalaSeq.list(columns));
    if (!next.type.equals(type)) {
      throw new ModelException(
          "%s: the stream began with a model that gives %s, version %s gives %s: start it again"
              .formatted(prettyName(), type.simpleString(), now, next.type.simpleString()));
    }
    return next;
  }

  /** The model at work on rows or batches in which {@code at} finds the columns. */
  ModelRun run(RowInputs at, int rows, PredictMetrics metrics) {
    return new ModelRun(model, at, answer.bad(), rows, metrics);
  }

  /** Where the columns of a call of just columns are among {@code input}. */
  int[] ordinals(List<Attribute> input) {
    return ScalaSeq.<Expression>list(columns).stream()
        .mapToInt(column -> PredictWork.ordinal((Attribute) column, input))
        .toArray();
  }

  @Override
  public Seq<Expression> children() {
    return columns;
  }

  @Override
  public boolean nullable() {
    return true;
  }

  /** Models do not run in the optimizer. */
  @Override
  public boolean foldable() {
    return false;
  }

  @Override
  public DataType dataType() {
    return type;
  }

  @Override
  public String prettyName() {
    return answer.function();
  }

  @Override
  public String toString() {
    return prettyName() + "('" + model + "', " + columns.mkString(", ") + ")";
  }

  @Override
  public String sql() {
    return toString();
  }

  @Override
  public ExprCode doGenCode(CodegenContext context, ExprCode code) {
    return CodegenFallback.super.doGenCode(context, code);
  }

  @Override
  public Object eval(InternalRow input) {
    TaskContext task = TaskContext.get();
    if (single == null || task != singleTask) {
      single = run(inputs, 1, PredictMetrics.NONE);
      singleAnswer = single.answers(answer);
      singleTask = task;
    }
    try {
      Object[] values = new Object[columns.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = columns.apply(i).eval(input);
      }
      single.start();
      single.add(new GenericInternalRow(values));
      return singleAnswer.isNullAt(0)
          ? null
          : InternalRow.copyValue(
              new ColumnarBatchRow(new ColumnVector[] {singleAnswer}).get(0, type));
    } finally {
      // On the driver, where the optimizer evaluates constants, nothing else would end it.
      if (task == null) {
        single.close();
        single = null;
      }
    }
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    return new Predict(model, answer, inputs, type, children.toSeq(), refresh);
  }

  @Override
  public int productArity() {
    return 3;
  }

  @Override
  public Object productElement(int n) {
    return n == 0 ? model : n == 1 ? answer : columns;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof Predict;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Predict p
        && p.model.equals(model)
        && p.answer == answer
        && p.columns.equals(columns);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * model.hashCode() + answer.ordinal()) + columns.hashCode();
  }
}
