/** The command line is wrong: says which argument, which value, and which rule it breaks. The process ends with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A {@link UsageError} of the common form. The value is shortened. */
export function badArgument(argument: string, value: string, rule: string): UsageError {
  const cut = value.length > 120 ? `${value.slice(0, 117)}...` : value;
  return new UsageError(`${argument} ${JSON.stringify(cut)}: ${rule}`);
}
