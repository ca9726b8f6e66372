import './compare.css';
import type { ChangeClass, SnapshotDifference, SnapshotDiffReport } from '@sluice/contracts';
import { formatCount } from '../../format/count.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { LongList } from '../../ui/long-list.tsx';
import { Panel } from '../../ui/page.tsx';
import { Status, ToneIcon } from '../../ui/status.tsx';
import type { NodeNames } from './node-names.ts';
import { classOrder, classWords, placeWords, restartSentence, riskWords } from './words.ts';

/** How much changed in each class. Choosing one shows only that. */
export function ClassTiles({
  diff,
  only,
  onChoose,
}: {
  diff: SnapshotDifference;
  only: ChangeClass | undefined;
  onChoose: (only: ChangeClass | undefined) => void;
}) {
  return (
    <ul className="sl-class-tiles" aria-label="Changes by class, gravest first">
      {classOrder.map((name) => {
        const count = diff.counts.classes[name] ?? 0;
        const { label, tone, what } = classWords[name];
        return (
          <li key={name}>
            <button
              type="button"
              className="sl-class-tile"
              title={what}
              aria-pressed={only === name}
              aria-disabled={count === 0 && only !== name}
              onClick={() => (count > 0 || only === name) && onChoose(only === name ? undefined : name)}
            >
              <b>{formatCount(count)}</b>
              {count === 0 ? <span className="sl-small">{label}</span> : <Status tone={tone} label={label} />}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** What the change makes less safe, and what it needs that is not there. */
export function RisksPanel({ report: { diff, missingVariables, target }, names }: { report: SnapshotDiffReport; names: NodeNames }) {
  if (diff.risks.length + missingVariables.length === 0) return null;
  return (
    <section className="sl-notice" data-tone="bad" aria-label="Risks">
      <ToneIcon tone="bad" size={16} />
      <div style={{ minWidth: 0 }}>
        <p className="sl-notice-title">This change makes something less safe</p>
        <ul className="sl-compare-list" style={{ marginTop: 6 }}>
          {diff.risks.map(({ code, nodeIds, address, pointer }) => (
            <li key={`${code} ${nodeIds.join()} ${address} ${pointer}`}>
              {riskWords[code]}
              {address === null ? '' : `: ${address}`}
              {pointer === null ? '' : `, in ${placeWords(pointer)}`}
              <span className="sl-dim"> ({nodeIds.map((id) => names(id).name).join(', ')})</span>
            </li>
          ))}
          {missingVariables.map((name) => (
            <li key={name}>
              The variable <code className="sl-mono">{name}</code> has no value{target === null ? '' : ` for ${target.name}`}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function Chips({ label, ids, names }: { label: string; ids: readonly string[]; names: NodeNames }) {
  if (ids.length === 0) return null;
  return (
    <Disclosure
      summary={
        <>
          {label} <span className="sl-small sl-dim">{formatCount(ids.length)}</span>
        </>
      }
      initiallyOpen={ids.length <= 20}
    >
      {() => (
        <ul className="sl-node-chips" aria-label={label}>
          <LongList items={ids} noun="nodes" inList keyOf={(id, index) => `${index} ${id}`}>
            {(id) => {
              const { name, type } = names(id);
              return (
                <li title={id}>
                  {name} {type === null || type === name ? '' : <span className="sl-dim">{type}</span>}
                </li>
              );
            }}
          </LongList>
        </ul>
      )}
    </Disclosure>
  );
}

/** What stops on a device, node by node. */
export function RestartPanel({ diff: { restart }, names }: { diff: SnapshotDifference; names: NodeNames }) {
  const everything = restart.scope === 'process' || restart.scope === 'flows';
  return (
    <Panel title="What restarts" flush>
      <p className="sl-restart" data-tone={everything ? 'warn' : undefined}>
        {everything ? <ToneIcon tone="warn" /> : null} {restartSentence(restart)}
      </p>
      {everything ? null : (
        <>
          <Chips label="Restart: their memory, timers and connections are lost" ids={restart.restarted} names={names} />
          <Chips label="Start" ids={restart.started} names={names} />
          <Chips label="Stop" ids={restart.stopped} names={names} />
          <Chips label="Go on, and send elsewhere" ids={restart.rewired} names={names} />
        </>
      )}
    </Panel>
  );
}
