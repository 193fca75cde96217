/** The shape in which the state of a host, or of its chain, is shown. */
export const HOST_SHAPES = { online: 'up', late: 'degraded', offline: 'down', never: 'unknown', revoked: 'unknown' } as const;
export const CHAIN_SHAPES = { whole: 'up', gap: 'degraded', broken: 'down', empty: 'unknown' } as const;
