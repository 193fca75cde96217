import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import type { RecorderStatus } from '@watchpost/contracts/agents/recorder-wire';
import type { Command } from '@watchpost/contracts/commands/command';

const decompress = promisify(zstdDecompress);

/** The far end of a recorder, without a store: keeps what it acknowledged. */
export type CommandServer = AsyncDisposable & {
  readonly url: string;
  /** Records by `epoch:sequence`, as they came first. */
  readonly stored: ReadonlyMap<string, Command>;
  /** Records in the order of their sequence. */
  readonly commands: () => readonly Command[];
  /** Last status that the recorder told. */
  readonly status: () => RecorderStatus | null;
  /** While it is away, connections are cut without an answer. */
  readonly setAway: (isAway: boolean) => void;
};

export async function startCommandServer(): Promise<CommandServer> {
  const stored = new Map<string, Command>();
  let status: RecorderStatus | null = null;
  let isAway = false;

  const take = async (path: string, body: Buffer, batch: string, response: ServerResponse): Promise<void> => {
    response.setHeader('content-type', 'application/json');
    if (path.endsWith('/recorder-status')) {
      status = JSON.parse(body.toString('utf8')) as RecorderStatus;
      response.end(JSON.stringify({ serverTime: Date.now() }));
    } else if (path.endsWith('/recorder-gaps')) {
      response.writeHead(204).end();
    } else {
      const [, epoch = '', last = ''] = /^(\d+):\d+-(\d+)$/.exec(batch) ?? [];
      const lines = (await decompress(body)).toString('utf8').trimEnd().split('\n');
      for (const line of lines) {
        const command = JSON.parse(line) as Command;
        const key = `${epoch}:${command.sequence}`;
        if (!stored.has(key)) stored.set(key, { ...command, epoch: Number(epoch) });
      }
      response.end(JSON.stringify({ acknowledged: Number(last), refused: [], refusedCount: 0 }));
    }
  };
  const server = createServer((request, response) => {
    if (isAway) return void request.socket.destroy();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      take(request.url ?? '', Buffer.concat(chunks), String(request.headers['watchpost-batch']), response).catch(() =>
        response.destroy(),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stored,
    commands: () => [...stored.values()].toSorted((left, right) => left.epoch - right.epoch || left.sequence - right.sequence),
    status: () => status,
    setAway: (away) => (isAway = away),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
