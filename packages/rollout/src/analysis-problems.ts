import type { Analysis, AnalysisMetric, MetricCondition, RolloutPolicy } from '@sluice/contracts';
import type { PolicyProblem, PolicyProblemCode } from './policy-problems.ts';

/** What is wrong with the analyses of a policy beyond their schema. */
export function analysisProblems({ waves }: RolloutPolicy): readonly PolicyProblem[] {
  return waves.flatMap(({ analysis }, index) => {
    if (analysis === undefined) return [];
    const place = { analysis, isLast: index === waves.length - 1 };
    return analysis.metrics.flatMap((metric, number) =>
      metricProblems(metric, `/waves/${index}/analysis/metrics/${number}`, { ...place, number }),
    );
  });
}

type Place = { readonly analysis: Analysis; readonly isLast: boolean; readonly number: number };

function metricProblems(metric: AnalysisMetric, pointer: string, place: Place): readonly PolicyProblem[] {
  return [
    ...nameProblems(metric, pointer, place),
    ...baselineProblems(metric, pointer, place),
    ...limitProblems(metric, pointer, place.analysis.count),
    ...(['successCondition', 'failureCondition'] as const).flatMap((name) => conditionProblems(metric, metric[name], `${pointer}/${name}`)),
  ];
}

function nameProblems(metric: AnalysisMetric, pointer: string, { analysis, number }: Place): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  if (analysis.metrics.slice(0, number).some(({ name }) => name === metric.name)) {
    problems.push(error(`${pointer}/name`, 'metric_name_taken', `Another metric of this wave is called "${metric.name}".`));
  }
  if (metric.successCondition === undefined && metric.failureCondition === undefined) {
    const message = 'A metric needs a successCondition or a failureCondition.';
    problems.push(error(pointer, 'metric_without_condition', message));
  }
  if ((metric.signal === 'kpi') !== (metric.kpi !== undefined)) {
    const message = 'The signal "kpi" goes with "kpi", the name of the number that the flows declare.';
    problems.push(error(`${pointer}/kpi`, 'kpi_not_named', message));
  }
  return problems;
}

function baselineProblems(metric: AnalysisMetric, pointer: string, { isLast }: Place): readonly PolicyProblem[] {
  const at = `${pointer}/baseline`;
  if (metric.baseline === 'not_updated_now' && isLast) {
    return [error(at, 'baseline_never_there', 'After the last wave no device is left that was not updated: use "before_update".')];
  }
  if (metric.baseline !== undefined && metric.signal === 'restarted') {
    return [error(at, 'baseline_never_there', 'Restarts are counted since the update, so there is nothing to compare with: use a value.')];
  }
  return [];
}

function limitProblems(metric: AnalysisMetric, pointer: string, count: number): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  if ((metric.consecutiveSuccessLimit ?? 0) > count) {
    const message = `Only ${count} measurements are taken: so many good ones in a row are never reached.`;
    problems.push(error(`${pointer}/consecutiveSuccessLimit`, 'limit_never_reached', message));
  }
  for (const name of ['failureLimit', 'inconclusiveLimit'] as const) {
    if ((metric[name] ?? 0) < count) continue;
    problems.push(warning(`${pointer}/${name}`, 'limit_never_reached', `Only ${count} measurements are taken, all of which may go wrong.`));
  }
  return problems;
}

function conditionProblems(metric: AnalysisMetric, condition: MetricCondition | undefined, pointer: string): readonly PolicyProblem[] {
  if (condition === undefined) return [];
  const problems: PolicyProblem[] = [];
  if ('percentOfBaseline' in condition && metric.baseline === undefined) {
    const message = 'The metric names no baseline: "before_update" or "not_updated_now".';
    problems.push(error(`${pointer}/percentOfBaseline`, 'baseline_not_named', message));
  }
  const [name, bound] = 'value' in condition ? (['value', condition.value] as const) : (['plus', condition.plus ?? 0] as const);
  if (Math.round(bound * 1_000) / 1_000 !== bound) {
    problems.push(error(`${pointer}/${name}`, 'bound_too_fine', 'At most three decimals are compared.'));
  }
  return problems;
}

const error = (pointer: string, code: PolicyProblemCode, message: string): PolicyProblem => ({ pointer, code, severity: 'error', message });
const warning = (pointer: string, code: PolicyProblemCode, message: string): PolicyProblem => ({
  pointer,
  code,
  severity: 'warning',
  message,
});
