/** The phases of one hop, in the order in which they happen. */
export const PHASE_KEYS = ['dnsUs', 'connectUs', 'tlsUs', 'requestUs', 'waitUs', 'receiveUs'] as const;
export type PhaseKey = (typeof PHASE_KEYS)[number];

/**
 * The phases of a whole measurement as they are charted: all hops before the last one together (`redirectUs`), then
 * the phases of the last hop. Their sum is exactly `totalUs`.
 */
export const CHART_PHASE_KEYS = ['redirectUs', ...PHASE_KEYS] as const;
export type ChartPhaseKey = (typeof CHART_PHASE_KEYS)[number];
