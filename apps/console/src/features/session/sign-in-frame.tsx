import './sign-in-frame.css';
import { type FormEvent, type ReactNode, useEffect } from 'react';
import { SluiceMark } from '../../theme/mark.tsx';

function Water() {
  return (
    <svg className="sl-gate-water" viewBox="0 0 600 240" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <path d="M0 60c50 0 50 16 100 16s50-16 100-16 50 16 100 16v164H0z" fill="#123f47" />
      <path d="M0 84c50 0 50 14 100 14s50-14 100-14 50 14 100 14v142H0z" fill="#16525c" />
      <path d="M300 150c50 0 50 14 100 14s50-14 100-14 50 14 100 14v76H300z" fill="#123f47" />
      <path d="M296 0h8v240h-8z" fill="#2b5960" />
    </svg>
  );
}

/** The page of somebody who is not signed in. */
export function SignInFrame({ title, onSubmit, children }: { title: string; onSubmit: () => void; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Sluice`;
  }, [title]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <div className="sl-gate">
      <header className="sl-gate-side">
        <div className="sl-gate-brand">
          <SluiceMark />
          Sluice
        </div>
        <div className="sl-gate-words">
          <strong>Changes reach the plant wave by wave, or not at all.</strong>
          The fleet control plane for Node-RED at the edge.
        </div>
        <Water />
      </header>
      <main className="sl-gate-main">
        <form className="sl-gate-form" onSubmit={submit} noValidate>
          <h1>{title}</h1>
          {children}
        </form>
      </main>
    </div>
  );
}
