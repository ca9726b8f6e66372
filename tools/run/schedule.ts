export type Scheduled = { weight: number };

/**
 * Runs tasks in their order, as many at once as their weights fit into `capacity`; a heavier one waits for its room and is not overtaken,
 * so that what is slow and noisy (real processes) never shares the machine with what is listed before it.
 */
export async function runScheduled<T extends Scheduled, R>(
  tasks: readonly T[],
  capacity: number,
  run: (task: T) => Promise<R>,
): Promise<R[]> {
  const results: Promise<R>[] = [];
  const running = new Set<Promise<unknown>>();
  let used = 0;
  for (const task of tasks) {
    const weight = Math.min(task.weight, capacity);
    while (used + weight > capacity) await Promise.race(running);
    used += weight;
    const result = run(task);
    results.push(result);
    const done: Promise<void> = result
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => {
        used -= weight;
        running.delete(done);
      });
    running.add(done);
  }
  return Promise.all(results);
}
