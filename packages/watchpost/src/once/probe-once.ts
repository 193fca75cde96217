import type { Result } from '@watchpost/contracts/results/result';
import { systemClock } from '@watchpost/runtime/clock/clock';
import { measure } from '@watchpost/probe/probers/measure';
import { createProbeContext } from '@watchpost/probe/probers/probe-context';
import { seriesOf } from '@watchpost/probe/schedule/lines';
import { warmUp } from '@watchpost/probe/worker/warm-up';
import { parsePositive } from '../arguments/numbers.ts';
import { readArguments } from '../arguments/read-arguments.ts';
import { UsageError } from '../arguments/usage-error.ts';
import { CHECK_FLAGS, checkFromFlags } from '../checks/check-flags.ts';
import { resultText } from './result-text.ts';

/** Measures one address once (once for each address family with `--ip both`). Exit code: 0 up or degraded, 1 not up. */
export async function probeOnce(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments({
    args: [...args],
    options: { ...CHECK_FLAGS, json: { type: 'boolean' }, 'overload-ms': { type: 'string' } },
    allowPositionals: true,
  });
  const [address, ...more] = positionals;
  if (address === undefined) throw new UsageError('URL is missing');
  if (more.length > 0) throw new UsageError(`${JSON.stringify(more[0])}: only one URL can be measured, see probe batch`);
  const overload = values['overload-ms'];
  const overloadUs = overload === undefined ? null : parsePositive('--overload-ms', overload, 10_000) * 1_000;
  const check = checkFromFlags(address, values);

  const context = createProbeContext({ clock: systemClock, ...(overloadUs === null ? {} : { overloadUs }) });
  await warmUp(context);
  let isUp = true;
  try {
    for (const { series, check: part } of seriesOf(check)) {
      const measured = await measure(part, context);
      const result: Result = {
        targetId: 'once',
        vantage: 'local',
        agentId: 'local',
        series,
        roundAt: measured.startedAt,
        remeasured: false,
        ...measured,
      };
      isUp &&= result.outcome === 'up' || result.outcome === 'degraded';
      process.stdout.write(values.json === true ? `${JSON.stringify(result)}\n` : resultText(result, part));
    }
  } finally {
    await context.close();
  }
  return isUp ? 0 : 1;
}
