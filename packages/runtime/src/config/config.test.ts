import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeConfig, printConfig, readConfig } from './config.ts';

const dir = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(dir, { recursive: true }));

const schema = z.strictObject({
  listen: z
    .string()
    .regex(/^.+:\d+$/, 'must be host:port')
    .default('127.0.0.1:8080')
    .describe('Where the server listens.'),
  publicUrl: z.url().nullable().default(null),
  trustedProxies: z.array(z.string()).default([]),
  isVerbose: z.boolean().default(false),
  adminPassword: z.string().min(8).optional().meta({ secret: true, description: 'Of the first account.' }),
  spool: z
    .strictObject({ maxBytes: z.int().min(1).default(1_000).describe('Bytes on disk.'), unit: z.enum(['a', 'b']).default('a') })
    .prefault({}),
});

function file(name: string, content: string): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}
function issuesOf(run: () => unknown): AppError['issues'] {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError && error.code === 'bad-config') return error.issues;
    throw error;
  }
  throw new Error('nothing was wrong');
}

describe('precedence', () => {
  const yaml = file('precedence.yaml', 'listen: "file:1"\nspool:\n  maxBytes: 5\n');
  test('defaults < file < environment < flags', () => {
    expect(readConfig({ schema })).toEqual({
      listen: '127.0.0.1:8080',
      publicUrl: null,
      trustedProxies: [],
      isVerbose: false,
      spool: { maxBytes: 1_000, unit: 'a' },
    });
    expect(readConfig({ schema, file: yaml })).toMatchObject({ listen: 'file:1', spool: { maxBytes: 5, unit: 'a' } });
    const env = { WATCHPOST_LISTEN: 'env:2', WATCHPOST_SPOOL_MAX_BYTES: '6', HOME: '/root' };
    expect(readConfig({ schema, file: yaml, env })).toMatchObject({ listen: 'env:2', spool: { maxBytes: 6 } });
    const flags = { listen: 'flag:3', 'spool-max-bytes': '7', 'public-url': undefined };
    expect(readConfig({ schema, file: yaml, env, flags })).toMatchObject({ listen: 'flag:3', spool: { maxBytes: 7 } });
  });

  test('text becomes what the setting wants; empty variables are not set', () => {
    const env = {
      WATCHPOST_TRUSTED_PROXIES: '10.0.0.1, 10.0.0.2',
      WATCHPOST_IS_VERBOSE: 'true',
      WATCHPOST_PUBLIC_URL: 'https://a.example',
      WATCHPOST_LISTEN: '',
    };
    expect(readConfig({ schema, env })).toMatchObject({
      trustedProxies: ['10.0.0.1', '10.0.0.2'],
      isVerbose: true,
      publicUrl: 'https://a.example',
      listen: '127.0.0.1:8080',
    });
  });

  test('a secret may come from a file', () => {
    const env = { WATCHPOST_ADMIN_PASSWORD_FILE: file('password', 'long enough\n') };
    expect(readConfig({ schema, env }).adminPassword).toBe('long enough');
  });
});

describe('what is wrong stops the start', () => {
  test.each<readonly [string, Parameters<typeof readConfig>[0], object]>([
    [
      'value in a file',
      { schema, file: file('bad.yaml', 'listen: nowhere\n') },
      { field: 'listen', value: '"nowhere"', rule: expect.stringMatching(/^must be host:port \(file .*bad.yaml\)$/) },
    ],
    [
      'value in the environment',
      { schema, env: { WATCHPOST_SPOOL_MAX_BYTES: '5 MB' } },
      {
        field: 'spool.maxBytes',
        value: '"5 MB"',
        rule: expect.stringContaining('environment variable WATCHPOST_SPOOL_MAX_BYTES'),
      },
    ],
    [
      'value of a flag',
      { schema, flags: { 'spool-unit': 'c' } },
      { field: 'spool.unit', rule: expect.stringContaining('flag --spool-unit') },
    ],
    [
      'unknown key',
      { schema, file: file('unknown.yaml', 'spool:\n  maxByte: 1\n') },
      { field: 'spool.maxByte', rule: expect.stringContaining('is not a known field') },
    ],
    [
      'unknown variable',
      { schema, env: { WATCHPOST_LISTN: 'x' } },
      { field: 'WATCHPOST_LISTN', rule: 'is not a known environment variable' },
    ],
    ['unknown flag', { schema, flags: { listn: 'x' } }, { field: '--listn', rule: 'is not a known flag' }],
    [
      'missing file',
      { schema, file: '/does/not/exist.yaml' },
      { field: '(file)', rule: expect.stringContaining('cannot be read') },
    ],
    [
      'no YAML',
      { schema, file: file('broken.yaml', 'a: [\n') },
      { field: '(file)', rule: expect.stringContaining('cannot be read') },
    ],
    ['no keys', { schema, file: file('list.yaml', '- a\n') }, { field: '(file)', rule: 'must hold keys and values' }],
  ])('%s', (_name, options, issue) => {
    expect(issuesOf(() => readConfig(options))[0]).toMatchObject(issue);
  });

  test('variables of another process are not unknown', () => {
    const options = { schema, env: { WATCHPOST_PROBE_X: 'x' } };
    expect(issuesOf(() => readConfig(options)).length).toBe(1);
    expect(readConfig({ ...options, otherPrefixes: ['WATCHPOST_PROBE_'] }).listen).toBe('127.0.0.1:8080');
  });

  test('secrets are never in the message', () => {
    try {
      readConfig({ schema, env: { WATCHPOST_ADMIN_PASSWORD: 'hunter2' } });
      expect.unreachable();
    } catch (error) {
      expect(String(error)).toContain('adminPassword');
      expect(JSON.stringify(error) + String(error)).not.toContain('hunter2');
    }
  });
});

test('prints settings without secrets', () => {
  const config = readConfig({ schema, env: { WATCHPOST_ADMIN_PASSWORD: 'very secret' } });
  const text = printConfig(schema, config);
  expect(text).toContain('listen: 127.0.0.1:8080');
  expect(text).toContain('adminPassword: (hidden)');
  expect(text).not.toContain('very secret');
});

test('describes every setting', () => {
  expect(describeConfig(schema)).toContainEqual({
    key: 'spool.maxBytes',
    env: 'WATCHPOST_SPOOL_MAX_BYTES',
    flag: '--spool-max-bytes',
    type: 'number',
    default: '1000',
    doc: 'Bytes on disk.',
    isSecret: false,
  });
  expect(describeConfig(schema).find((row) => row.key === 'adminPassword')).toMatchObject({
    isSecret: true,
    doc: 'Of the first account.',
    default: '',
  });
  expect(describeConfig(schema).find((row) => row.key === 'spool.unit')).toMatchObject({ type: 'a | b' });
  expect(describeConfig(schema, { prefix: 'X_' })[0]?.env).toBe('X_LISTEN');
});
