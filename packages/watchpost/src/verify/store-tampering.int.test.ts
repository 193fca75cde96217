import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredCommand } from '@watchpost/contracts/api/audit';
import { openChainLedger } from '@watchpost/server/audit/chain-ledger';
import { openCheckpoints } from '@watchpost/server/audit/checkpoints';
import { checkCommandRetention, createCommandRetention } from '@watchpost/server/audit/command-retention';
import { proofOf, proofText } from '@watchpost/server/audit/proof';
import { createAuditLogStore } from '@watchpost/server/catalog/audit-log-store';
import { openCatalog } from '@watchpost/server/catalog/catalog';
import { createChainStore } from '@watchpost/server/catalog/chain-store';
import { openCommandStore } from '@watchpost/server/telemetry/commands/open-command-store';
import { SELECT_COLUMNS } from '@watchpost/server/telemetry/commands/command-columns';
import { openTestStore, settableClock } from '@watchpost/server/telemetry/store-for-tests';
import { makeChain } from '@watchpost/testkit/command-chain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyProof } from './verify-proof.ts';

const DAY_MS = 86_400_000;
const BEGIN = Date.UTC(2026, 0, 10);
const stacks: AsyncDisposableStack[] = [];

/** A real store with the parts of the server that keep and prove commands, on a clock of its own. */
async function openAudit() {
  const stack = new AsyncDisposableStack();
  stacks.push(stack);
  const dir = await mkdtemp(join(tmpdir(), 'watchpost-tampering-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const clock = settableClock(BEGIN);
  const { wallMs } = clock;
  const telemetry = stack.adopt(await openTestStore(dir, clock), (open) => open.close());
  const catalog = stack.adopt(await openCatalog(dir), (open) => open.destroy());
  const store = openCommandStore({ engine: telemetry.engine, clock });
  const chains = createChainStore(catalog);
  const ledger = await openChainLedger({ chains, commands: store, wallMs });
  const { privateKey } = generateKeyPairSync('ed25519');
  const checkpoints = await openCheckpoints({ chains, ledger, key: privateKey, wallMs });
  const auditLog = createAuditLogStore(catalog);
  const parts = { store, chains, ledger, checkpoints, auditLog, wallMs };
  const ends = new Map<string, { sequence: number; hash: string }>();
  return {
    ...parts,
    clock,
    engine: telemetry.engine,
    retention: createCommandRetention({ ...parts, keepDays: 180 }),
    /** Stores the next records of a host's chain as they would come now. */
    async record(hostId: string, texts: readonly string[]) {
      const end = ends.get(hostId);
      const place = { hostId, epoch: 1, ...(end === undefined ? {} : { from: end.sequence + 1, before: end.hash }) };
      const records = makeChain(
        place,
        texts.map((text, index) => ({ text, at: wallMs() * 1_000 + index })),
      );
      const last = records.at(-1);
      if (last !== undefined) ends.set(hostId, last);
      await store.insert(records.map((each): StoredCommand => ({ ...each, source: 'recorder', receivedAt: wallMs() })));
      await ledger.addBreaks(ledger.add(hostId, 1, records));
      await checkpoints.make();
    },
    verify: () => {
      const lines = proofOf({ store, checkpoints, heads: ledger.heads(), isAll: true, nameOf: (id) => id });
      return verifyProof(proofText(lines, 'jsonl'), null);
    },
  };
}

afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.disposeAsync();
});

describe('rows changed in the store by hand', () => {
  let audit: Awaited<ReturnType<typeof openAudit>>;
  beforeEach(async () => {
    audit = await openAudit();
    await audit.record('web', ['one', 'two', 'three', 'four', 'five', 'six']);
    await audit.record('db', ['a', 'b']);
  });

  const copyOf = (columns: Readonly<Record<string, string>>, where: string) =>
    `INSERT INTO commands (${SELECT_COLUMNS}) SELECT * REPLACE (${Object.entries(columns)
      .map(([name, value]) => `${value} AS ${name}`)
      .join(', ')}) FROM (SELECT ${SELECT_COLUMNS} FROM commands WHERE ${where})`;
  const alter = (sql: string) => `ALTER TABLE commands ${sql} SETTINGS mutations_sync = 2`;

  it.each([
    ['changed', [alter("UPDATE text = 'x' WHERE host_id = 'web' AND sequence = 3")], 'record web:1:3', 'it was changed'],
    ['deleted', [alter("DELETE WHERE host_id = 'web' AND sequence = 4")], 'record web:1:4', 'is missing'],
    ['deleted lightly', ["DELETE FROM commands WHERE host_id = 'web' AND sequence = 4"], 'record web:1:4', 'is missing'],
    ['deleted at the end', [alter("DELETE WHERE host_id = 'web' AND sequence >= 5")], 'record web:1:5', 'is missing'],
    ['deleted as a whole chain', [alter("DELETE WHERE host_id = 'db'")], 'chain db:1', 'is missing'],
    [
      'declared legacy',
      [alter("UPDATE source = 'legacy' WHERE host_id = 'web' AND sequence = 2")],
      'record web:1:2',
      'is missing',
    ],
    ['repeated', [copyOf({ text: 'text' }, "host_id = 'web' AND sequence = 2")], 'record web:1:2', 'comes after record 2'],
    [
      'inserted',
      [copyOf({ sequence: '7', text: "'forged'" }, "host_id = 'web' AND sequence = 6")],
      'record web:1:7',
      'is not what its hash says',
    ],
    [
      'exchanged',
      [
        copyOf({ sequence: '5 - sequence' }, "host_id = 'web' AND sequence IN (2, 3)"),
        alter("DELETE WHERE host_id = 'web' AND sequence IN (2, 3) AND text = if(sequence = 2, 'two', 'three')"),
      ],
      'record web:1:2',
      'is not what its hash says',
    ],
  ] as const)(
    '%s: found, with the first record that does not hold',
    async (_how, statements, where, what) => {
      expect((await audit.verify()).failure).toBeNull();
      for (const statement of statements) {
        await audit.engine.command(statement, {}, { allow_non_metadata_alters: 1, insert_deduplicate: 0 });
      }
      const { failure } = await audit.verify();
      expect(failure?.where).toBe(where);
      expect(failure?.what).toContain(what);
    },
    60_000,
  );
});

describe('retention', () => {
  it('removes whole months by a signed statement, and what is left is proven from there on', async () => {
    const audit = await openAudit();
    await audit.record('web', ['one', 'two', 'three']);
    await audit.record('gone', ['only']);
    audit.clock.set(BEGIN + 40 * DAY_MS);
    await audit.record('web', ['four', 'five']);
    await audit.store.insert([
      { ...makeChain({ hostId: 'old', epoch: 0 }, ['typed'])[0]!, source: 'legacy', receivedAt: BEGIN, hash: '0'.repeat(64) },
    ]);

    // January ends 31 days after its first: not old enough by a day.
    audit.clock.set(Date.UTC(2026, 1, 1) + 179 * DAY_MS);
    await audit.retention.enforce();
    expect(await audit.verify()).toMatchObject({ failure: null, records: 6, removed: 0, begins: [] });

    audit.clock.set(Date.UTC(2026, 1, 1) + 181 * DAY_MS);
    await audit.retention.enforce();
    const verdict = await audit.verify();
    expect(verdict).toMatchObject({ failure: null, records: 2, removed: 4, begins: [{ chain: 'web:1', sequence: 4 }] });
    const [removal] = await audit.chains.removals();
    expect(removal).toMatchObject({ number: 1, keepDays: 180, before: Date.UTC(2026, 1, 1), unsigned: 1 });
    expect(removal?.removed.map(({ hostId, first, last }) => [hostId, first, last])).toEqual([
      ['gone', 1, 1],
      ['web', 1, 3],
    ]);
    // Older checkpoints went, too: the one before the cut is pinned by the removal.
    expect((await audit.checkpoints.list(1))[0]?.number).toBe(removal?.checkpoint?.number);
    expect((await audit.auditLog.list(null, 10))[0]).toMatchObject({
      actor: 'watchpost',
      action: 'commands.retention',
      subject: '4 records of 2 hosts and 1 legacy records, received before 2026-02-01T00:00:00.000Z',
    });
    expect(audit.ledger.removedOf('web')).toBe(3);
    expect(audit.ledger.storedOf('web')).toBe(5);

    // Again: nothing to do, no second statement.
    await audit.retention.enforce();
    expect(await audit.chains.removals()).toHaveLength(1);

    // By hand, beside retention: the first of what is left is still missed.
    await audit.record('web', ['six']);
    await audit.engine.command("ALTER TABLE commands DELETE WHERE host_id = 'web' AND sequence = 4 SETTINGS mutations_sync = 2");
    expect((await audit.verify()).failure?.where).toBe('record web:1:4');
  });

  it('states only what was there: a record deleted by hand before its month ended stays missing', async () => {
    const audit = await openAudit();
    await audit.record('web', ['one', 'two', 'three']);
    await audit.engine.command('ALTER TABLE commands DELETE WHERE sequence = 2 SETTINGS mutations_sync = 2');
    audit.clock.set(BEGIN + 250 * DAY_MS);
    await audit.record('web', ['four']);
    await audit.retention.enforce();
    expect((await audit.verify()).failure).toEqual({
      where: 'record web:1:2',
      what: 'is missing: a checkpoint states that it was stored',
    });
  });

  it('is 180 days at least, unless a shorter one is allowed by name', () => {
    expect(() => checkCommandRetention(179, false)).toThrow();
    expect(() => checkCommandRetention(179, true)).not.toThrow();
    expect(() => checkCommandRetention(null, false)).not.toThrow();
  });
});
