import { describe, expect, it } from 'vitest';
import { createKpiWatch } from './kpi-watch.ts';

const sent = (topic: unknown, payload: unknown) => ({ msg: { topic, payload }, source: { id: 'n1' } });

describe('the numbers that flows declare', () => {
  it('when messages have such a topic and a number, the last of each name counts, until it is old or other flows run', () => {
    let now = 0;
    const watch = createKpiWatch(() => now);
    expect(watch.list()).toBeUndefined();
    watch.observe([sent('sluice/kpi/bottles', 40), sent('sluice/kpi/bottles', 41.5), sent('temperature', 20)]);
    now = 400_000;
    watch.observe([sent('sluice/kpi/rejects', 0)]);
    expect(watch.list()).toEqual({ bottles: 41.5, rejects: 0 });
    now = 600_001;
    expect(watch.list()).toEqual({ rejects: 0 });
    watch.clear();
    expect(watch.list()).toBeUndefined();
  });

  it('when a message is anything else, it is left alone, and no flow can fill the memory', () => {
    const watch = createKpiWatch(() => 0);
    const odd = [null, 7, {}, { msg: null }, sent(1, 1), sent('sluice/kpi/', 1), sent('sluice/kpi/a b', 1), sent('sluice/kpi/x', '1')];
    watch.observe([...odd, sent('sluice/kpi/x', Number.NaN), sent('sluice/kpi/x', 1e13)]);
    expect(watch.list()).toBeUndefined();
    for (let index = 0; index < 100; index += 1) watch.observe([sent(`sluice/kpi/k${index}`, index)]);
    expect(Object.keys(watch.list() ?? {})).toHaveLength(50);
  });
});
