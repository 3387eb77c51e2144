package io.arclight.spark;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.arclight.export.SafeTensors;
import io.arclight.nn.Module;
import io.arclight.optim.LRScheduler;
import io.arclight.optim.Optimizer;
import io.arclight.optim.OptimizerState;
import io.arclight.spark.feed.LaneState;
import io.arclight.spark.launch.Checkpoint;
import io.arclight.spark.launch.CheckpointFile;
import io.arclight.spark.launch.CheckpointKind;
import io.arclight.spark.launch.RankCheckpoints;
import io.arclight.spark.launch.RankContext;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a checkpoint of training holds: rank 0 writes model, optimizer and state, every rank where
 * its lanes stand.
 */
final class TrainingCheckpoint {
  static final String MODEL = "model.safetensors";
  static final String STATE = "state";
  private static final String OPTIMIZER = "optimizer.safetensors";
  private static final String GROUPS = "optimizer";
  private static final String LANES = "lanes.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RankContext rank;
  private final Module model;
  private final Optimizer optimizer;
  private final LRScheduler scheduler;
  private List<LaneState> lanes = List.of();

  TrainingCheckpoint(RankContext rank, Module model, Optimizer optimizer, LRScheduler scheduler) {
    this.rank = rank;
    this.model = model;
    this.optimizer = optimizer;
    this.scheduler = scheduler;
  }

  /** Loads the checkpoint that this start goes on from, if there is one. */
  TrainingState restore() throws IOException {
    Optional<Checkpoint> restored = rank.checkpoints().restored();
    if (restored.isEmpty()) {
      return new TrainingState();
    }
    Checkpoint from = restored.get();
    TrainingState state = TrainingState.fromJson(from.properties().get(STATE));
    try (Scope scope = Scope.open()) {
      model.loadStateDict(tensors(from, MODEL));
      optimizer.loadStateDict(
          OptimizerState.of(
              tensors(from, OPTIMIZER),
              JSON.readValue(from.properties().get(GROUPS), new TypeReference<>() {})));
    }
    if (scheduler != null) {
      scheduler.lastStep(state.step);
    }
    if (!state.fresh) {
      lanes = laneStates(from);
    }
    return state;
  }

  /** Positions of all lanes in the restored checkpoint. */
  List<LaneState> lanes() {
    return lanes;
  }

  private Map<String, Tensor> tensors(Checkpoint from, String name) throws IOException {
    CheckpointFile file =
        from.file(0, name)
            .orElseThrow(
                () ->
                    new TrainingException("checkpoint of step " + from.step() + " lacks " + name));
    try (InputStream in = rank.checkpoints().open(file)) {
      return SafeTensors.read(in, name).tensors();
    }
  }

  private List<LaneState> laneStates(Checkpoint from) throws IOException {
    List<LaneState> all = new ArrayList<>();
    for (CheckpointFile file : from.files()) {
      if (file.name().equals(LANES)) {
        try (InputStream in = rank.checkpoints().open(file)) {
          all.addAll(JSON.readValue(in.readAllBytes(), new TypeReference<List<LaneState>>() {}));
        }
      }
    }
    return all;
  }

  void save(TrainingState state, CheckpointKind kind, List<LaneState> states) throws IOException {
    RankCheckpoints.Part part = rank.checkpoints().part(state.step);
    part.put(LANES, out -> out.write(JSON.writeValueAsBytes(states)));
    if (rank.rank() == 0) {
      OptimizerState saved = optimizer.stateDict();
      part.put(MODEL, out -> SafeTensors.write(out, model.stateDict(), Map.of()));
      part.put(OPTIMIZER, out -> SafeTensors.write(out, saved.tensors(), Map.of()));
      part.commit(
          kind,
          Map.of(STATE, state.toJson(), GROUPS, JSON.writeValueAsString(saved.paramGroups())));
    } else {
      part.commit(kind, Map.of());
    }
  }
}
