import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { createExportLimit } from './export-limit.ts';

it('lets a few run, and further ones when an answer is over', () => {
  const limit = createExportLimit(2);
  const answers = [new EventEmitter(), new EventEmitter()] as unknown as ServerResponse[];
  for (const answer of answers) limit(answer);
  const third = new EventEmitter() as unknown as ServerResponse;
  expect(() => limit(third)).toThrow(expect.objectContaining({ code: 'unavailable', retryAfterS: 5 }));
  answers[0]?.emit('close');
  answers[0]?.emit('close');
  limit(third);
  expect(() => limit(third)).toThrow();
});
