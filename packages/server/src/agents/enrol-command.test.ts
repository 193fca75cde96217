import { parseServerUrl } from '@watchpost/runtime/http-client/server-url';
import { describe, expect, it } from 'vitest';
import { enrolCommand } from './enrol-command.ts';

describe('the command to copy', () => {
  it.each([
    ['https://watch.example', false],
    ['http://127.0.0.1:8080', false],
    ['http://localhost:8080', false],
    ['http://[::1]:8080', false],
    ['http://192.0.2.7:8080', true],
    ['http://watch.example', true],
  ])('is taken by an agent as it is: %s', (url, insecure) => {
    const made = enrolCommand(url, 'wpe_token', 'ct');
    expect(made.insecure).toBe(insecure);
    expect(made.command.startsWith(`watchpost enrol --server ${url} --token wpe_token --vantage ct`)).toBe(true);
    const allowInsecure = made.command.endsWith(' --allow-insecure true');
    expect(() => parseServerUrl(url, { allowInsecure })).not.toThrow();
    if (insecure) expect(() => parseServerUrl(url)).toThrow();
  });
});
