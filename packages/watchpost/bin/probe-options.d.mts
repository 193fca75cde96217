export const PROBE_OPTIONS: readonly string[];
export const SMALL: string;
