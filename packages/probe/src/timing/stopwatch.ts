import { type LoopBound, nowUs } from './loop-bound.ts';

/** Longest uncertainty that a result can state, microseconds. */
const MAX_UNCERTAINTY_US = 3_600_000_000;

/**
 * The time line of one measurement. Points are whole microseconds since its start and never go back, so phases are
 * differences of neighbours and sum exactly to the total.
 *
 * Each step is an action of ours (the system call that starts something) and then an event (its end, seen by the loop).
 * Where the thread could not look at once, the event lies somewhere in a window; {@link arrival} takes its middle, which can be
 * wrong by half of it only. Uncertainty of a step: how long the action took, how long the event may have waited, and the floor;
 * but no more than the step lasted. The steps follow each other, so their uncertainties add up for the total.
 */
export class Stopwatch {
  #startUs: number;
  #hasBegun = false;
  readonly #loop: LoopBound;
  #pointUs = 0;
  #actionUs = 0;
  #uncertaintyUs = 0;

  constructor(loop: LoopBound) {
    this.#loop = loop;
    this.#startUs = nowUs();
  }

  /** Start, as {@link nowUs}. */
  get startUs(): number {
    return this.#startUs;
  }

  /** The first thing is handed to the system now: what we prepared before is no part of what is measured. */
  begin(): void {
    if (!this.#hasBegun && this.#pointUs === 0) this.#startUs = nowUs();
    this.#hasBegun = true;
  }

  /** The action that followed the last point has been handed to the system. Call it again if there were several. */
  acted(): void {
    const takenUs = nowUs() - this.#startUs - this.#pointUs;
    if (takenUs > this.#actionUs) this.#actionUs = takenUs;
  }

  /**
   * An event from the loop is being handled: gives the point at which it is seen, and settles the step that it ends.
   * `exchanges`: how many times the step had to wait for the peer, when it is known that earlier ones passed without a mark.
   */
  event(exchanges = 1): number {
    const seenUs = this.#loop.mark();
    return this.#settle(seenUs, seenUs, exchanges);
  }

  /** The same, with the point at which it most likely came. For what the peer has sent. */
  arrival(exchanges = 1): number {
    const seenUs = this.#loop.mark();
    return this.#settle(seenUs, this.#likelyUs(seenUs), exchanges);
  }

  /**
   * The same for an event whose next step only begins once we have seen it. What we lost in between belongs to neither step:
   * each gets half of it.
   */
  handover(): number {
    const seenUs = this.#loop.mark();
    return this.#settle(seenUs, (this.#likelyUs(seenUs) + seenUs) / 2, 1);
  }

  /** The point at which something that we did ourselves (no event of the loop) was done. */
  done(): number {
    const pointUs = this.#advance(nowUs());
    this.#uncertaintyUs += pointUs.to - pointUs.from;
    this.#actionUs = 0;
    return pointUs.to;
  }

  /** Work that is no event of the time line. */
  touch(): void {
    this.#loop.touch();
  }

  /** The last point, microseconds since the start. */
  get pointUs(): number {
    return this.#pointUs;
  }

  /** Bound on the error of any phase and of the total so far; null when this system cannot verify one. */
  uncertaintyUs(): number | null {
    if (!this.#loop.isVerified) return null;
    return Math.min(Math.ceil(this.#uncertaintyUs), MAX_UNCERTAINTY_US);
  }

  #likelyUs(seenUs: number): number {
    const earliestUs = Math.max(this.#loop.earliestUs, this.#startUs + this.#pointUs);
    const latestUs = Math.min(Math.max(this.#loop.latestUs, earliestUs), seenUs);
    return (earliestUs + latestUs) / 2;
  }

  #settle(seenUs: number, placedUs: number, exchanges: number): number {
    const beganUs = this.#startUs + this.#pointUs;
    // It came at most so long before it was seen, and it is put within that time.
    const lagUs = (this.#loop.boundUs + this.#loop.floorUs) * exchanges;
    this.#uncertaintyUs += Math.min(this.#actionUs + lagUs, Math.max(0, seenUs - beganUs));
    this.#actionUs = 0;
    return this.#advance(placedUs).to;
  }

  #advance(atUs: number): { from: number; to: number } {
    const from = this.#pointUs;
    const to = Math.max(from, Math.round(atUs - this.#startUs));
    this.#pointUs = to;
    return { from, to };
  }
}
