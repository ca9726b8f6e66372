import './notice.css';
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { ApiFailure } from '../api/problem.ts';
import { Identifier } from './identifier.tsx';
import { ToneIcon } from './status.tsx';

/** Says what failed, why and what to do, in the words of the control plane. */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const failure = error instanceof ApiFailure ? error : null;
  return (
    <div className="sl-notice" data-tone="bad" role="alert">
      <ToneIcon tone="bad" size={16} />
      <div>
        <p className="sl-notice-title">{failure?.title ?? 'The console failed'}</p>
        <p>{error instanceof Error ? error.message : String(error)}</p>
        {failure !== null && failure.errors.length > 0 ? (
          <ul className="sl-small">
            {failure.errors.map(({ pointer, detail }) => (
              <li key={`${pointer} ${detail}`}>
                <code>{pointer}</code> {detail}
              </li>
            ))}
          </ul>
        ) : null}
        <div className="sl-notice-facts sl-small">
          {failure === null ? null : <code className="sl-mono">{failure.code}</code>}
          {failure === null || failure.traceId === null ? null : (
            <span>
              Trace <Identifier value={failure.traceId} label="trace id" />
            </span>
          )}
          {onRetry === undefined ? null : (
            <Button size="compact-sm" variant="default" onClick={onRetry}>
              Try again
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}

/** Says that there is nothing, why, and what would change that. */
export function EmptyNotice({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="sl-empty">
      <div className="sl-empty-title">{title}</div>
      {children === undefined ? null : <div className="sl-small">{children}</div>}
      {action === undefined ? null : <div style={{ marginTop: 12 }}>{action}</div>}
    </div>
  );
}
