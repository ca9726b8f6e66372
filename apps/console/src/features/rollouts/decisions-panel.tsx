import './decisions-panel.css';
import type { RolloutDetail } from '@sluice/contracts';
import { Moment } from '../../ui/moment.tsx';
import { EmptyNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { Sentence } from '../../ui/sentence.tsx';

/** `begin_soak` → `Begin soak`. */
function wordsOf(kind: string): string {
  const words = kind.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What was decided, by whom, when and from which reason, newest first. */
export function DecisionsPanel({ decisions }: { decisions: RolloutDetail['decisions'] }) {
  return (
    <Panel title="Decisions" flush>
      {decisions.length === 0 ? (
        <EmptyNotice title="Nothing has been decided yet" />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
        <ol className="sl-decisions" tabIndex={0} aria-label="Decisions, newest first">
          {decisions.map(({ id, at, kind, actor, sentence }) => (
            <li key={id}>
              <p>
                <Sentence text={sentence} />
              </p>
              <div className="sl-decision-facts">
                <Moment at={at} />
                <span>{wordsOf(kind)}</span>
                <span>{actor}</span>
              </div>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
