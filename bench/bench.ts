export type BenchOptions = {
  /** A short run that shows that it works: its figures are rough. */
  readonly quick: boolean;
  /** A line for the person who waits. */
  readonly log: (line: string) => void;
};

/** Figures by name; the unit is the end of the name, as `httpCpuUs`. */
export type Figures = Readonly<Record<string, number | string>>;

/** One thing that is measured side by side with what it is compared to, in one run. */
export type Bench = {
  readonly name: string;
  readonly title: string;
  readonly run: (options: BenchOptions) => Promise<Figures>;
};
