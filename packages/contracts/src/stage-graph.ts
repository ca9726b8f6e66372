/** A stage as far as the graph of its pipeline goes. `after` left out: it comes after the stage before it in the list. */
export type NamedStage = { readonly name: string; readonly after?: readonly string[] };

/** What is wrong with a graph: a JSON pointer (RFC 6901) into `{stages: […]}`, and words. */
export type StageGraphProblem = {
  readonly code: 'name_taken' | 'stage_unknown' | 'stage_twice' | 'cycle';
  readonly pointer: string;
  readonly detail: string;
};

/** The names that each stage comes after, in the order of the list, with what was left out filled in. */
export function upstreamsOf(stages: readonly NamedStage[]): readonly (readonly string[])[] {
  let before: readonly string[] = [];
  return stages.map(({ name, after }) => {
    const upstreams = after ?? before;
    before = [name];
    return upstreams;
  });
}

/**
 * What is wrong with the graph of a pipeline: names that two stages share, names in `after` that no stage has or that stand there twice, and
 * stages that come after themselves, over however many others. An empty list: nothing. Several stages may come after none.
 */
export function stageGraphProblems(stages: readonly NamedStage[]): readonly StageGraphProblem[] {
  const problems = [...takenNames(stages), ...badReferences(stages)];
  return problems.length > 0 ? problems : cycles(stages);
}

function takenNames(stages: readonly NamedStage[]): StageGraphProblem[] {
  return stages.flatMap(({ name }, index) => {
    const first = stages.findIndex((stage) => stage.name === name);
    if (first === index) return [];
    return [
      { code: 'name_taken', pointer: `/stages/${index}/name`, detail: `Stage ${first} is named "${name}" already: choose another name.` },
    ];
  });
}

function badReferences(stages: readonly NamedStage[]): StageGraphProblem[] {
  const names = new Set(stages.map(({ name }) => name));
  return stages.flatMap(({ after = [] }, index) =>
    after.flatMap((upstream, place): StageGraphProblem[] => {
      const pointer = `/stages/${index}/after/${place}`;
      if (!names.has(upstream)) return [{ code: 'stage_unknown', pointer, detail: `The pipeline has no stage "${upstream}".` }];
      if (after.indexOf(upstream) === place) return [];
      return [{ code: 'stage_twice', pointer, detail: `"${upstream}" stands here twice: name it once.` }];
    }),
  );
}

/** One problem per stage from which a way leads back to it, at the first step of the shortest such way. */
function cycles(stages: readonly NamedStage[]): StageGraphProblem[] {
  const upstreams = new Map(stages.map(({ name }, index) => [name, upstreamsOf(stages)[index] ?? []]));
  return stages.flatMap(({ name, after }, index) => {
    const way = wayBack(name, upstreams);
    if (way === null) return [];
    const place = after?.indexOf(way[1] ?? name) ?? -1;
    const pointer = place < 0 ? `/stages/${index}` : `/stages/${index}/after/${place}`;
    const told = way.map((each) => `"${each}"`).join(' after ');
    return [{ code: 'cycle', pointer, detail: `Stages cannot come after themselves: ${told}. Take one of these out.` }];
  });
}

/** The shortest way from a stage over upstreams to itself, both ends included; null when there is none. */
function wayBack(from: string, upstreams: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const seen = new Set<string>();
  for (let ways: readonly (readonly string[])[] = [[from]]; ways.length > 0; ) {
    const longer: (readonly string[])[] = [];
    for (const way of ways) {
      for (const next of upstreams.get(way.at(-1) ?? from) ?? []) {
        if (next === from) return [...way, next];
        if (!seen.has(next)) longer.push([...way, next]);
        seen.add(next);
      }
    }
    ways = longer;
  }
  return null;
}
