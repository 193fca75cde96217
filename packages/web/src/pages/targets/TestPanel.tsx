import type { Test } from '@watchpost/contracts/api/fleet';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from '../../language/texts.ts';
import { api } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { Bones } from '../../parts/Bones.tsx';
import { ResultDetail } from '../../parts/ResultDetail.tsx';

const POLL_MS = 500;

/** Orders a measurement from each vantage point and shows the answers as they come. */
export function TestPanel(props: {
  readonly order: { readonly check: Record<string, unknown>; readonly vantages: readonly string[] };
  readonly names: Readonly<Record<string, string>>;
  readonly onError: (error: unknown) => void;
}) {
  const { t } = useTranslation();
  const [id, setId] = useState<string | null>(null);
  const [isRefused, setRefused] = useState(false);
  const hasOrdered = useRef(false);
  const { order, onError } = props;
  useEffect(() => {
    if (hasOrdered.current) return;
    hasOrdered.current = true;
    api.post<Test>('/tests', { check: order.check, vantages: order.vantages }).then(
      (test) => setId(test.id),
      (error: unknown) => {
        setRefused(true);
        onError(error);
      },
    );
  }, [order, onError]);
  const test = useQuery({
    ...queries.test(id ?? ''),
    enabled: id !== null,
    refetchInterval: (query) => (query.state.status === 'error' || query.state.data?.waiting.length === 0 ? false : POLL_MS),
  });
  const names = (codes: readonly string[]): string => codes.map((code) => props.names[code] ?? code).join(', ');
  if (isRefused) return null;
  return (
    <section className="stack" aria-live="polite">
      {test.data !== undefined && test.data.unreachable.length > 0 && (
        <p className="state-degraded" style={{ margin: 0 }}>
          {t('form.unreachable', { names: names(test.data.unreachable) })}
        </p>
      )}
      {test.data?.results.map((result, index) => (
        <div key={index} className="card pad">
          <ResultDetail result={result} names={props.names} />
        </div>
      ))}
      {(test.data === undefined || test.data.waiting.length > 0) && (
        <>
          <p className="muted" style={{ margin: 0 }}>
            {t('form.testing', { count: test.data?.waiting.length ?? order.vantages.length })}
          </p>
          <Bones height={120} />
        </>
      )}
    </section>
  );
}
