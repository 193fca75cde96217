import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

test('names get the prefix, and the same name is the same metric', async () => {
  const metrics = createMetrics({ processMetrics: false });
  metrics.counter('things_total', 'Things', ['kind']).inc({ kind: 'a' });
  metrics.counter('things_total', 'Things', ['kind']).inc({ kind: 'a' });
  metrics.dropped.inc({ reason: 'test' }, 3);
  const text = await metrics.text();
  expect(text).toContain('watchpost_things_total{kind="a"} 2');
  expect(text).toContain('watchpost_dropped_total{reason="test"} 3');
  expect(() => metrics.gauge('things_total', 'Things')).toThrow(/another type/);
});

test('figures of the process come along only where they are wanted', async () => {
  expect(await createMetrics().text()).toContain('nodejs_eventloop_lag');
  expect(await createMetrics({ processMetrics: false }).text()).not.toMatch(/^(?:process|nodejs)_/m);
});
