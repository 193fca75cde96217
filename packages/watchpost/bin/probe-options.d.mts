export const PROBE_OPTIONS: readonly string[];
export const SMALL: string;
export const RECORDER_OPTIONS: readonly string[];
