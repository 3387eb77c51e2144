package io.arclight.nn;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A module's hooks on the saving and loading of its state. */
final class StateHooks {
  final List<StateDict.Hook> beforeSave = new CopyOnWriteArrayList<>();
  final List<StateDict.Hook> afterSave = new CopyOnWriteArrayList<>();
  final List<StateDict.Hook> beforeLoad = new CopyOnWriteArrayList<>();
  final List<StateDict.LoadedHook> afterLoad = new CopyOnWriteArrayList<>();

  Runnable beforeSave(StateDict.Hook hook) {
    return ModuleHooks.add(beforeSave, (module, state, prefix) -> hook.run(module, state, prefix));
  }

  Runnable afterSave(StateDict.Hook hook) {
    return ModuleHooks.add(afterSave, (module, state, prefix) -> hook.run(module, state, prefix));
  }

  Runnable beforeLoad(StateDict.Hook hook) {
    return ModuleHooks.add(beforeLoad, (module, state, prefix) -> hook.run(module, state, prefix));
  }

  Runnable afterLoad(StateDict.LoadedHook hook) {
    return ModuleHooks.add(afterLoad, (module, mismatch) -> hook.run(module, mismatch));
  }
}
