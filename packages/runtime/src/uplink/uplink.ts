import type { Uplink, UplinkOptions } from './uplink-types.ts';

export type { Uplink, UplinkOptions, UplinkState } from './uplink-types.ts';

export function startUplink(options: UplinkOptions): Uplink {
  options.log.debug('the uplink starts');
  return {
    state: () => ({ link: 'idle', acknowledged: 0, refused: 0, lastError: null, failures: 0 }),
    wake: () => {},
    close: async () => {},
  };
}
