export const PROBE_OPTIONS: readonly string[];
export const SMALL: string;
export const RECORDER_OPTIONS: readonly string[];
export const MALLOC: Readonly<Record<string, string>>;
export const RECORDER_MALLOC: Readonly<Record<string, string>>;
