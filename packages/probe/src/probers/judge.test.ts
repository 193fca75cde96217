import type { ErrorCode } from '@watchpost/contracts/results/error-codes';
import { checkSchema } from '@watchpost/contracts/targets/check';
import { describe, expect, it } from 'vitest';
import { judge } from './judge.ts';
import { BLANK_OBSERVATION, type Observation } from './prober.ts';

const limits = { overloadUs: 50_000, nowMs: Date.UTC(2026, 0, 1) };
const plain = checkSchema.parse({ kind: 'http', url: 'http://target.test/' });
const impatient = checkSchema.parse({ ...plain, rules: [{ type: 'max-time', phase: 'totalUs', maxMs: 10 }] });

function observation(changes: Partial<Observation>): Observation {
  return { ...BLANK_OBSERVATION, httpStatus: 200, totalUs: 20_000, uncertaintyUs: 1_000, ...changes };
}
const failure = (code: ErrorCode) => ({ failure: { code, text: 'seen' }, httpStatus: null });

describe('a certain measurement', () => {
  it('is what was seen', () => {
    expect(judge(plain, observation({}), limits)).toMatchObject({ outcome: 'up', errorCode: null });
    expect(judge(plain, observation(failure('connect-timeout')), limits)).toMatchObject({ outcome: 'down', fault: 'network' });
    expect(judge(impatient, observation({}), limits)).toMatchObject({ outcome: 'degraded', errorCode: 'slow' });
  });
});

describe('a measurement that is less certain than the limit', () => {
  const uncertaintyUs = 60_000;

  it.each(['connect-refused', 'dns-nxdomain', 'tls-expired', 'tls-name-mismatch', 'bad-response', 'too-many-redirects'] as const)(
    'counts %s, which no load of the probe can cause',
    (code) => {
      const verdict = judge(plain, observation({ ...failure(code), uncertaintyUs }), limits);
      expect(verdict).toMatchObject({ outcome: 'down', errorCode: code });
    },
  );

  it('counts a broken rule about what was answered', () => {
    const verdict = judge(plain, observation({ httpStatus: 500, uncertaintyUs }), limits);
    expect(verdict).toMatchObject({ outcome: 'down', fault: 'target', errorCode: 'status' });
  });

  it.each(['connect-timeout', 'dns-timeout', 'total-timeout', 'reset', 'early-close'] as const)(
    'does not blame the target for %s',
    (code) => {
      const verdict = judge(plain, observation({ ...failure(code), uncertaintyUs }), limits);
      expect(verdict).toMatchObject({ outcome: 'unknown', fault: 'probe', errorCode: 'probe-overloaded' });
    },
  );

  it('says neither up nor slow', () => {
    for (const check of [plain, impatient]) {
      const verdict = judge(check, observation({ uncertaintyUs }), limits);
      expect(verdict).toMatchObject({ outcome: 'unknown', errorCode: 'probe-overloaded' });
    }
  });

  it('counts when the time is ten times as long as its uncertainty', () => {
    const slow = observation({ totalUs: 600_000, uncertaintyUs });
    expect(judge(plain, slow, limits)).toMatchObject({ outcome: 'up' });
    expect(judge(plain, { ...slow, totalUs: 599_999 }, limits)).toMatchObject({ errorCode: 'probe-overloaded' });
    const timedOut = observation({ ...failure('total-timeout'), totalUs: 10_000_000, uncertaintyUs });
    expect(judge(plain, timedOut, limits)).toMatchObject({ outcome: 'down', errorCode: 'total-timeout' });
  });
});

it('counts a measurement whose uncertainty is not known', () => {
  expect(judge(plain, observation({ uncertaintyUs: null }), limits)).toMatchObject({ outcome: 'up' });
});
