import { PHASE_KEYS, type PhaseKey } from '@watchpost/contracts/results/phase-keys';
import type { Phases } from '@watchpost/contracts/results/phases';
import type { Hop } from '@watchpost/contracts/results/result';
import type { BodySink } from './body-sink.ts';
import type { Header } from './response-head.ts';

const URL_LIMIT = 4_096;

/** What is known of one exchange while it runs: also when it fails, all that was seen until then. */
export class HopTrail {
  readonly url: URL;
  /** When it began, µs since the start of the measurement. */
  readonly startUs: number;
  /** The phase that is running. */
  phase: PhaseKey = 'dnsUs';
  status: number | null = null;
  headers: readonly Header[] = [];
  remoteIp: string | null = null;
  httpVersion: string | null = null;
  tlsVersion: string | null = null;
  headerBytes = 0;
  requestBytes = 0;
  /** What became of the body; null: no head came. */
  sink: BodySink | null = null;
  /** Ends of the phases, µs since the start of the measurement; null: not reached, or there was no such phase. */
  readonly #ends: Record<PhaseKey, number | null> = {
    dnsUs: null,
    connectUs: null,
    tlsUs: null,
    requestUs: null,
    waitUs: null,
    receiveUs: null,
  };
  #endUs: number;
  #hasEnded = false;

  constructor(url: URL, startUs: number) {
    this.url = url;
    this.startUs = startUs;
    this.#endUs = startUs;
  }

  /** The running phase ended at this point, and the next one runs. */
  pass(pointUs: number, next: PhaseKey): void {
    this.#ends[this.phase] = pointUs;
    this.#endUs = pointUs;
    this.phase = next;
  }

  /** The exchange ended or failed in the running phase. */
  end(pointUs: number): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#ends[this.phase] = pointUs;
    this.#endUs = pointUs;
  }

  get endUs(): number {
    return this.#endUs;
  }

  /** When a phase was passed, µs since this hop began; null when it was not. A failed phase is not passed. */
  passedUs(phase: PhaseKey): number | null {
    if (phase === this.phase) return null;
    const end = this.#ends[phase];
    return end === null ? null : end - this.startUs;
  }

  phases(): Phases {
    const phases: Record<PhaseKey, number | null> = { ...this.#ends };
    let before = this.startUs;
    for (const key of PHASE_KEYS) {
      const end = this.#ends[key];
      if (end === null) continue;
      phases[key] = end - before;
      before = end;
    }
    return phases;
  }

  hop(): Hop {
    const { status, remoteIp, httpVersion, tlsVersion } = this;
    return { url: shownUrl(this.url), status, remoteIp, httpVersion, tlsVersion, phases: this.phases() };
  }
}

/** Without password and fragment, and not too long. */
function shownUrl(url: URL): string {
  const { href } = url;
  if (!href.includes('@') && !href.includes('#')) return href.slice(0, URL_LIMIT);
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  shown.hash = '';
  return shown.href.slice(0, URL_LIMIT);
}
