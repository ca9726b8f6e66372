import '../../ui/table.css';
import type { RolloutDetail, Wave, WavePolicy } from '@sluice/contracts';
import { formatDuration } from '../../format/duration.ts';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/page.tsx';
import { Status } from '../../ui/status.tsx';
import { gateNumbers, shareOf } from './progress.ts';
import { exactCountsOf, waveAppearances } from './states.ts';

const breachWords: Readonly<Record<RolloutDetail['policy']['onBreach'], string>> = {
  pause: 'a breach pauses the rollout',
  abort: 'a breach aborts the rollout',
  roll_back: 'a breach rolls back what has changed',
};

function Counts({ wave }: { wave: Wave }) {
  const counts = exactCountsOf(wave.counts);
  if (counts.length === 0) return <span className="sl-dim">–</span>;
  return (
    <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
      {counts.map(({ state, appearance, count }) => (
        <li key={state}>
          <Status {...appearance} /> <b className="sl-small">{count}</b>
        </li>
      ))}
    </ul>
  );
}

function Row({ wave, policy }: { wave: Wave; policy: WavePolicy | undefined }) {
  const { eligible, succeeded, failed } = gateNumbers(wave);
  return (
    <tr>
      <th scope="row">
        {wave.index + 1}
        {wave.late ? <div className="sl-small sl-dim">late</div> : null}
      </th>
      <td>
        <Status {...waveAppearances[wave.state]} />
        {wave.startedAt === null ? null : (
          <div className="sl-small sl-dim">
            from <Moment at={wave.startedAt} />
          </div>
        )}
      </td>
      <td>
        <Counts wave={wave} />
        {wave.leftOut === 0 ? null : <div className="sl-small sl-dim">{wave.leftOut} left out: not there</div>}
      </td>
      <td>
        {shareOf(succeeded, eligible)}
        <div className="sl-small sl-dim">needs {policy?.threshold.successPercent} %</div>
      </td>
      <td>
        {shareOf(failed, eligible)}
        <div className="sl-small sl-dim">allows {policy?.threshold.errorPercent} %</div>
      </td>
      <td>
        {policy === undefined || policy.soakMs === 0 ? 'None' : formatDuration(policy.soakMs)}
        {wave.soakStartedAt === null ? null : (
          <div className="sl-small sl-dim">
            since <Moment at={wave.soakStartedAt} />
          </div>
        )}
      </td>
    </tr>
  );
}

/** The waves in numbers: what the strip shows as levels, and the gates with their limits. */
export function WaveTable({ rollout }: { rollout: RolloutDetail }) {
  const { policy, policyVersion, waves } = rollout;
  return (
    <Panel
      title="Gates in numbers"
      flush
      aside={
        <span className="sl-small sl-dim">
          Policy version {policyVersion}: {breachWords[policy.onBreach]}
        </span>
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard (WCAG 2.1.1) */}
      <section className="sl-table-scroll" tabIndex={0} aria-label="Waves and gates in numbers">
        <table className="sl-table sl-table-wide">
          <thead>
            <tr>
              <th scope="col">Wave</th>
              <th scope="col">State</th>
              <th scope="col">Deployments</th>
              <th scope="col">Succeeded</th>
              <th scope="col">Failed</th>
              <th scope="col">Soak</th>
            </tr>
          </thead>
          <tbody>
            {waves.map((wave) => (
              <Row key={wave.index} wave={wave} policy={policy.waves[wave.index] ?? policy.waves.at(-1)} />
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  );
}
