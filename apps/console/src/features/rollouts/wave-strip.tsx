import './wave-strip.css';
import type { RolloutDetail, Wave, WavePolicy } from '@sluice/contracts';
import { type CSSProperties, useEffect, useRef } from 'react';
import { useNow } from '../../clock.tsx';
import { formatCount } from '../../format/count.ts';
import { formatDuration } from '../../format/duration.ts';
import { StackedBar } from '../../ui/stacked-bar.tsx';
import { Status } from '../../ui/status.tsx';
import { currentWave, type GateState, gateStateOf, soakLeftMs } from './progress.ts';
import { segmentsOf, waveAppearances } from './states.ts';

const gateWords: Readonly<Record<GateState, string>> = {
  open: 'The gate behind this wave is open',
  holding: 'The gate behind this wave holds',
  shut: 'The gate behind this wave stays shut',
  closed: 'The gate behind this wave is closed',
};

/** The gate of a sluice: two posts, and a door that is lifted, down, or barred. */
function Gate({ state }: { state: GateState }) {
  return (
    <span className="sl-lock" data-state={state}>
      <svg width="26" height="34" viewBox="0 0 26 34" role="img" aria-label={gateWords[state]}>
        <path d="M5 2v30M21 2v30" stroke="currentColor" strokeWidth="3" strokeLinecap="round" />
        {state === 'open' ? (
          <>
            <path d="M8 5h10v4H8z" fill="currentColor" />
            <path d="M8 22h10m-3.5-3.5L18 22l-3.5 3.5" fill="none" stroke="currentColor" strokeWidth="2" />
          </>
        ) : (
          <path d="M8 12h10v19H8z" fill="currentColor" opacity={state === 'closed' ? 0.35 : 1} />
        )}
        {state === 'shut' ? <path d="m9.5 17.5 7 7m0-7-7 7" stroke="var(--sl-surface)" strokeWidth="2.2" /> : null}
        {state === 'holding' ? <path d="M11 18v7m4-7v7" stroke="var(--sl-surface)" strokeWidth="2" /> : null}
      </svg>
    </span>
  );
}

function SoakNote({ wave, policy }: { wave: Wave; policy: WavePolicy | undefined }) {
  const now = useNow(250);
  const left = soakLeftMs(wave, policy, now);
  if (left === null) return <>Soak time stands still: a device is not healthy.</>;
  return <>Soaks: {formatDuration(Math.ceil(left / 1000) * 1000)} to go.</>;
}

function Note({ wave, policy }: { wave: Wave; policy: WavePolicy | undefined }) {
  if (wave.state === 'soaking') return <SoakNote wave={wave} policy={policy} />;
  if (wave.reason !== null) return <>{wave.reason}</>;
  if (policy === undefined) return null;
  const { threshold, soakMs } = policy;
  const soak = soakMs === 0 ? '' : `, then ${formatDuration(soakMs)} healthy`;
  return (
    <>
      Gate: {threshold.successPercent} % succeed, at most {threshold.errorPercent} % fail{soak}.
    </>
  );
}

/** How full a chamber stands: the share of its devices that succeeded. */
function levelOf({ counts, size, state }: Wave): string {
  if (state === 'failed' || size === 0) return '100%';
  return `${((counts.succeeded ?? 0) / size) * 100}%`;
}

function Chamber({ wave, policy, isCurrent }: { wave: Wave; policy: WavePolicy | undefined; isCurrent: boolean }) {
  const element = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isCurrent) element.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [isCurrent]);
  const appearance = waveAppearances[wave.state];
  const level = { '--level': levelOf(wave) } as CSSProperties;
  return (
    <li ref={element} className="sl-chamber" data-tone={appearance.tone} aria-current={isCurrent ? 'step' : undefined}>
      <div className="sl-chamber-basin" style={level}>
        <span className="sl-chamber-gauge">
          <span />
        </span>
        <div className="sl-chamber-head">
          <h3>Wave {wave.index + 1}</h3>
          <Status {...appearance} />
        </div>
        <div className="sl-chamber-number">
          {formatCount(wave.counts.succeeded ?? 0)}
          <small> of {formatCount(wave.size)} succeeded</small>
        </div>
        <div className="sl-chamber-note">
          <Note wave={wave} policy={policy} />
        </div>
        <StackedBar segments={segmentsOf(wave.counts)} label={`Deployments of wave ${wave.index + 1}`} />
      </div>
      <Gate state={gateStateOf(wave.state)} />
    </li>
  );
}

/** The waves of a rollout as the chambers of a sluice, with a gate behind each, and the present place. */
export function WaveStrip({ rollout }: { rollout: RolloutDetail }) {
  const current = currentWave(rollout);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard (WCAG 2.1.1)
    <ol className="sl-strip" aria-label="Waves" tabIndex={0}>
      {rollout.waves.map((wave) => (
        <Chamber
          key={wave.index}
          wave={wave}
          policy={rollout.policy.waves[wave.index] ?? rollout.policy.waves.at(-1)}
          isCurrent={wave.index === current?.index}
        />
      ))}
    </ol>
  );
}
