/** One thing that an installation does: said first, done afterwards. */
export type Step = {
  /** What it does, for the person who is asked. Several lines when it shows what is written. */
  readonly text: string;
  readonly apply: () => void;
};

/** What is to be done, and what the person should know besides. Without steps, all is done already. */
export type Plan = { readonly steps: readonly Step[]; readonly notes: readonly string[] };

/** Joins plans in their order. */
export function joinPlans(plans: readonly Plan[]): Plan {
  return { steps: plans.flatMap(({ steps }) => steps), notes: plans.flatMap(({ notes }) => notes) };
}

/** The path below the folder that stands for `/`. */
export type Below = (path: string) => string;
