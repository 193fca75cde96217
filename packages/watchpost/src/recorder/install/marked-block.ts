/** Lines that Watchpost adds to a file of somebody else, between two marks, so that they can be taken out again. */
export const BLOCK_BEGIN = '# >>> watchpost: taken out again by "watchpost recorder uninstall" >>>';
/** Stands in place of {@link BLOCK_BEGIN} where the file itself was made for the block. */
export const BLOCK_BEGIN_OF_FILE = '# >>> watchpost: this file is removed by "watchpost recorder uninstall" >>>';
export const BLOCK_END = '# <<< watchpost <<<';

/** Where a block is in a text, the line break after it included; null: there is none; `torn`: only one of its marks is there. */
function findBlock(text: string): { readonly start: number; readonly end: number; readonly ownsFile: boolean } | 'torn' | null {
  const found = [BLOCK_BEGIN, BLOCK_BEGIN_OF_FILE]
    .map((mark) => ({ mark, start: lineStart(text, mark) }))
    .filter(({ start }) => start !== -1);
  const [block] = found;
  const end = lineStart(text, BLOCK_END);
  if (block === undefined) return end === -1 ? null : 'torn';
  if (found.length > 1 || end < block.start) return 'torn';
  return { start: block.start, end: end + BLOCK_END.length + 1, ownsFile: block.mark === BLOCK_BEGIN_OF_FILE };
}

function lineStart(text: string, line: string): number {
  for (let at = text.indexOf(line); at !== -1; at = text.indexOf(line, at + 1)) {
    const isWhole = (at === 0 || text[at - 1] === '\n') && [undefined, '\n'].includes(text[at + line.length]);
    if (isWhole) return at;
  }
  return -1;
}

/**
 * The text with these lines as its first ones, in place of those of an earlier installation. `null` as text: the file is not
 * there yet. Gives `torn` when a mark was removed by hand: then nobody knows which lines are ours.
 */
export function withBlock(text: string | null, lines: readonly string[]): string | 'torn' {
  const rest = text === null ? null : withoutBlock(text);
  if (rest === 'torn') return 'torn';
  return `${[rest === null ? BLOCK_BEGIN_OF_FILE : BLOCK_BEGIN, ...lines, BLOCK_END].join('\n')}\n${rest ?? ''}`;
}

/** The text as it was before {@link withBlock}, to the byte; null: the file was made for the block and holds nothing else. */
export function withoutBlock(text: string): string | 'torn' | null {
  const block = findBlock(text);
  if (block === 'torn') return 'torn';
  if (block === null) return text;
  const rest = text.slice(0, block.start) + text.slice(block.end);
  return rest === '' && block.ownsFile ? null : rest;
}
