/** Labels as a person writes them: one a line, `name=value`. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
}

/** What was written as labels. A line without a value is a label that is empty. */
export function parseLabels(text: string): Record<string, string> {
  const pairs = text.split('\n').flatMap((line): [string, string][] => {
    const [name = '', ...value] = line.split('=');
    return name.trim() === '' ? [] : [[name.trim(), value.join('=').trim()]];
  });
  return Object.fromEntries(pairs);
}
