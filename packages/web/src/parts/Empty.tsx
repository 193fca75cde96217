import type { ReactNode } from 'react';

/** What a list shows that has nothing in it. */
export function Empty(props: { readonly title: string; readonly lead?: string; readonly children?: ReactNode }) {
  return (
    <div className="pad" style={{ textAlign: 'center', padding: '48px 16px' }}>
      <p style={{ margin: 0, fontWeight: 600 }}>{props.title}</p>
      {props.lead !== undefined && (
        <p className="muted" style={{ margin: '4px 0 14px' }}>
          {props.lead}
        </p>
      )}
      {props.children}
    </div>
  );
}
