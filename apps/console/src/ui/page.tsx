import './page.css';
import { VisuallyHidden } from '@mantine/core';
import { type ReactNode, useEffect, useId } from 'react';

/** A page: its name in the browser's title and as its only first heading, what can be done with it, and its panels. */
export function Page({
  title,
  beside,
  sub,
  actions,
  children,
}: {
  title: string;
  /** Stands beside the heading: a state. */
  beside?: ReactNode;
  /** Facts below the heading. */
  sub?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Sluice`;
  }, [title]);
  return (
    <div className="sl-page">
      <div className="sl-page-head">
        <div>
          <div className="sl-page-head-title">
            <h1>{title}</h1>
            {beside}
          </div>
          {sub === undefined ? null : <div className="sl-page-sub">{sub}</div>}
        </div>
        {actions}
      </div>
      {children}
    </div>
  );
}

/** A named part of a page. `flush`: its content reaches the edges. `hideTitle`: the page's own title says it already. */
export function Panel({
  title,
  aside,
  flush = false,
  hideTitle = false,
  children,
}: {
  title: string;
  aside?: ReactNode;
  flush?: boolean;
  hideTitle?: boolean;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className="sl-panel" aria-labelledby={id}>
      {hideTitle ? (
        <VisuallyHidden id={id} component="h2">
          {title}
        </VisuallyHidden>
      ) : (
        <div className="sl-panel-head">
          <h2 id={id}>{title}</h2>
          {aside}
        </div>
      )}
      {flush ? children : <div className="sl-panel-body">{children}</div>}
    </section>
  );
}
