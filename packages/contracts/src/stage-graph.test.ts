import { expect, it } from 'vitest';
import { type NamedStage, type StageGraphProblem, stageGraphProblems, upstreamsOf } from './stage-graph.ts';

const names = ['a', 'b', 'c', 'd'];
/** Every graph of four stages in which none comes after itself directly. */
const graphs = Array.from({ length: 2 ** 12 }, (_, bits): NamedStage[] => {
  let left = bits;
  return names.map((name) => {
    const others = names.filter((other) => other !== name);
    const after = others.filter((_other, index) => ((left >> index) & 1) === 1);
    left >>= others.length;
    return { name, after };
  });
});

/** What is left when stages without upstreams are taken out again and again: the stages of cycles, and those behind them. */
function stuck(stages: readonly NamedStage[]): readonly NamedStage[] {
  const open = new Set(stages.map(({ name }) => name));
  const left = stages.filter(({ after = [] }) => after.some((name) => open.has(name)));
  return left.length === stages.length ? left : stuck(left);
}

/** Whether the problem is told at an edge between two of these stages. */
function isAmong(waiting: ReadonlySet<string>, stages: readonly NamedStage[], { code, pointer }: StageGraphProblem): boolean {
  const [, index, place] = /^\/stages\/(\d)\/after\/(\d)$/.exec(pointer) ?? [];
  const stage = stages[Number(index)];
  return code === 'cycle' && waiting.has(stage?.name ?? '') && waiting.has(stage?.after?.[Number(place)] ?? '');
}

it('when any graph of four stages is checked, it is refused exactly if stages wait for each other, at a place that is part of it', () => {
  const judgedWrongly = graphs.filter((stages) => {
    const problems = stageGraphProblems(stages);
    const waiting = new Set(stuck(stages).map(({ name }) => name));
    return problems.length > 0 !== waiting.size > 0 || !problems.every((problem) => isAmong(waiting, stages, problem));
  });
  expect(judgedWrongly).toEqual([]);
});

it('when names do not fit, each bad place is told, before any cycle', () => {
  const stages = [{ name: 'a', after: ['b', 'z', 'b'] }, { name: 'b', after: ['a'] }, { name: 'a' }];
  expect(stageGraphProblems(stages).map(({ code, pointer }) => [code, pointer])).toEqual([
    ['name_taken', '/stages/2/name'],
    ['stage_unknown', '/stages/0/after/1'],
    ['stage_twice', '/stages/0/after/2'],
  ]);
  expect(stageGraphProblems([{ name: 'a', after: ['a'] }])).toMatchObject([{ code: 'cycle', pointer: '/stages/0/after/0' }]);
});

it('when stages do not say what they come after, they are a chain; several may begin', () => {
  expect(upstreamsOf([{ name: 'a' }, { name: 'b' }, { name: 'c', after: ['a'] }, { name: 'd' }, { name: 'e', after: [] }])).toEqual([
    [],
    ['a'],
    ['a'],
    ['c'],
    [],
  ]);
  const chainIntoItself = [{ name: 'a', after: ['b'] }, { name: 'b' }];
  expect(stageGraphProblems(chainIntoItself).map(({ pointer }) => pointer)).toEqual(['/stages/0/after/0', '/stages/1']);
});
