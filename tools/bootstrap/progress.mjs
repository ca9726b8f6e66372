const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
const HEARTBEAT_MS = 20_000;

/**
 * @param {number} elapsedMs
 * @returns {string} e.g. `0.4 s`, `75 s`
 */
function seconds(elapsedMs) {
  return elapsedMs < 9_950 ? `${(elapsedMs / 1000).toFixed(1)} s` : `${Math.round(elapsedMs / 1000)} s`;
}

/**
 * Shows steps as they run: a spinner on a terminal, else a line at the start, a sign of life now and then, and a line at the end.
 * @param {{stream: {isTTY?: boolean, write(text: string): unknown}, now: () => number}} options
 */
export function createProgress({ stream, now }) {
  const live = stream.isTTY === true;

  /**
   * @template T
   * @param {string} title
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async function run(title, work) {
    const startedAt = now();
    const elapsed = () => seconds(now() - startedAt);
    let frame = 0;
    const tick = () => {
      frame = (frame + 1) % FRAMES.length;
      stream.write(live ? `\r\u001b[K${FRAMES[frame]} ${title} (${elapsed()})` : `  … ${title}, still at it (${elapsed()})\n`);
    };
    if (!live) stream.write(`  … ${title}\n`);
    const timer = setInterval(tick, live ? FRAME_MS : HEARTBEAT_MS);
    const finish = (/** @type {string} */ mark) => stream.write(`${live ? '\r\u001b[K' : '  '}${mark} ${title} (${elapsed()})\n`);
    try {
      const result = await work();
      finish('✔');
      return result;
    } catch (error) {
      finish('✘');
      throw error;
    } finally {
      clearInterval(timer);
    }
  }

  return { run };
}
