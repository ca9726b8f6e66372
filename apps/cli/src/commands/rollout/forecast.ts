import type { ForecastReview } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument } from '../../frame/parameters.ts';
import { formatSpan } from '../../output/span.ts';
import type { Column } from '../../output/table.ts';
import { resolveRolloutId } from '../../resolve/fleet.ts';
import { rangeText } from '../../rollouts/preview.ts';

type Row = { what: string; expected: string; actual: string; verdict: string };

const columns: Column<Row>[] = [
  { title: '', value: ({ what }) => what },
  { title: 'Expected', value: ({ expected }) => expected },
  { title: 'Actual', value: ({ actual }) => actual },
  { title: '', value: ({ verdict }) => verdict, tone: ({ verdict }) => (verdict === 'outside' ? 'warning' : 'plain') },
];

function rowsOf({ forecast, outcome }: ForecastReview): Row[] {
  const row = (what: string, which: 'durationMs' | 'failed' | 'timedOut' | 'late', show: (value: number) => string): Row => {
    const compared = outcome?.[which] ?? null;
    const expected = forecast[which];
    return {
      what,
      expected: expected === null ? '–' : rangeText(expected, show),
      actual: compared === null ? '–' : show(compared.actual),
      verdict: compared === null ? '' : compared.within ? 'within' : 'outside',
    };
  };
  return [
    row('Duration', 'durationMs', formatSpan),
    row('Failed', 'failed', String),
    row('Not in time', 'timedOut', String),
    row('Late', 'late', String),
  ];
}

export const rolloutForecast = defineVerb({
  summary: 'What was expected of a rollout, and what happened',
  parameters: { rollout: argument('rollout', 'Its id, or latest') },
  run: async ({ connect, print }, { rollout: reference }) => {
    const session = await connect();
    const review = await session.get<ForecastReview>(`/rollouts/${await resolveRolloutId(session, reference)}/forecast`);
    if (print.format === 'name') print.line(review.rolloutId);
    else if (!print.isForPeople) print.data(review);
    else {
      const { state, forecast, outcome } = review;
      print.line(
        `The rollout is ${state.replaceAll('_', ' ')}. A gate was expected to stop a good release in ${forecast.falseAlarm.percent} % of cases.`,
      );
      print.section('Expected when it was created', rowsOf(review), columns);
      if (outcome !== null && outcome.pausedMs > 0) print.line(`Without ${formatSpan(outcome.pausedMs)} in which it was paused.`);
    }
    return undefined;
  },
});
