/**
 * Memory outside the heap: storages and the scopes that own them, a caching allocator with a limit,
 * and who holds what.
 */
package io.arclight.tensor.memory;
